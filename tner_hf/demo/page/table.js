// The entities of one or several models as a table that sorts.

import { h, fill, patch, percent, count, width } from "./dom.js";
import { chip } from "./marks.js";
import { sortOnClick, sortRows } from "./sorting.js";

// Rows of a table are laid out whether they are seen or not: there are as many as may be seen soon.
const FIRST = 60;
const ON_PAPER = 500;
const LETTERS = "ABCD";

let order = { by: "start", ascending: true };
let shown = FIRST;
let table = null; // what is drawn: its columns, its element, and the latest rows and `find`
const drawn = new Map(); // rows by what they show: another choice among them draws none anew
const MOST_DRAWN = 5_000;

// Rows: { start, end, word, cells: [{ type, colour, score } or null, …] }
export function drawTable(place, rows, { find }) {
  if (!rows.length) {
    if (table) table.rows = rows;
    return fill(place, h("p", { class: "hint" }, "Nothing to list."));
  }
  const models = rows[0].cells.length;
  if (table?.models !== models) table = { models, ...drawFrame(models, place) };
  Object.assign(table, { rows, find });
  patch(table.body, sort(rows).slice(0, shown).map((row) => rowOf(row, models > 1)));
  const rest = rows.length - shown;
  table.more.textContent = rest > 0 ? `… and ${count(rest)} more as you scroll; the files above have them all.` : "";
  table.more.hidden = rest <= 0;
  patch(place, [table.element, table.more]);
  place.onscroll = () => {
    if (place.scrollTop === 0) shown = FIRST;
    else if (place.scrollTop + 2 * place.clientHeight > place.scrollHeight && shown < table.rows.length) showRows(place, 2 * shown);
  };
  onbeforeprint = () => showRows(place, Math.max(shown, ON_PAPER));
}

function showRows(place, number) {
  if (!table.rows.length) return;
  shown = number;
  drawTable(place, table.rows, table);
}

function drawFrame(models, place) {
  const several = models > 1;
  const heads = [
    ["word", "entity"],
    ...Array.from({ length: models }, (_, i) => [`cell${i}`, several ? `model ${LETTERS[i]}` : "type"]),
    ...(several ? [] : [["score", "score"]]),
    ["start", "from"],
    ["end", "to"],
  ];
  if (!heads.some(([by]) => by === order.by)) order = { by: "start", ascending: true };
  const body = h("tbody");
  const element = h("table", {}, h("thead", {}, h("tr", {}, heads.map(drawHead))), body);
  sortOnClick(element, (column, ascending) => {
    order = { by: heads[column][0], ascending };
    drawTable(place, table.rows, table);
  });
  return { body, element, more: h("p", { class: "hint" }) };
}

function drawHead([by, label]) {
  const sorted = by !== order.by ? "none" : order.ascending ? "ascending" : "descending";
  const numeric = ["start", "end", "score"].includes(by);
  return h("th", { scope: "col", class: numeric ? "number" : null, "aria-sort": sorted }, h("button", { type: "button" }, label));
}

function rowOf(row, several) {
  const key = JSON.stringify([row.start, row.end, row.word, row.cells]);
  if (drawn.size > MOST_DRAWN) drawn.clear();
  if (!drawn.has(key)) drawn.set(key, drawRow(row, several, (each) => table.find(each)));
  return drawn.get(key);
}

function drawRow(row, several, find) {
  const word = h("button", { type: "button", title: "Show it in the text", onclick: () => find(row) }, h("bdi", {}, row.word));
  const cells = row.cells.map((cell) => {
    if (cell === null) return h("td", {}, "–");
    return h("td", {}, chip(cell.type, cell.colour), several ? ` ${percent(cell.score)}` : null);
  });
  const score = several ? [] : [h("td", { class: "number" }, drawBar(row.cells[0].score), ` ${percent(row.cells[0].score)}`)];
  return h("tr", {}, h("td", { class: "word" }, word), cells, score,
    h("td", { class: "number" }, count(row.start)), h("td", { class: "number" }, count(row.end)));
}

function drawBar(score) {
  const inner = h("i");
  inner.style.width = width(score);
  return h("span", { class: "bar", "aria-hidden": "true" }, inner);
}

function sort(rows) {
  const value = (row) => {
    if (order.by === "score") return row.cells[0]?.score ?? "";
    if (order.by.startsWith("cell")) return row.cells[Number(order.by.slice(4))]?.type ?? "";
    return row[order.by];
  };
  return sortRows([...rows].sort((a, b) => a.start - b.start), value, order.ascending);
}
