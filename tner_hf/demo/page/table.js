// The entities of one or several models as a table that sorts.

import { h, fill, percent, count, width } from "./dom.js";
import { chip } from "./marks.js";

const SHOWN = 500;
const LETTERS = "ABCD";

let order = { by: "start", descending: false };

// Rows: { start, end, word, cells: [{ type, colour, score } or null, …] }
export function drawTable(place, rows, { find }) {
  const several = (rows[0]?.cells.length ?? 1) > 1;
  const sorted = sort(rows);
  const heads = [
    ["word", "entity"],
    ...(rows[0]?.cells ?? [null]).map((_, i) => [`cell${i}`, several ? `model ${LETTERS[i]}` : "type"]),
    ...(several ? [] : [["score", "sure"]]),
    ["start", "from"],
    ["end", "to"],
  ];
  const head = h("tr", {}, heads.map(([by, label]) => drawHead(by, label, () => drawTable(place, rows, { find }))));
  const body = sorted.slice(0, SHOWN).map((row) => drawRow(row, several, find));
  const rest = rows.length - SHOWN;
  fill(
    place,
    rows.length ? h("table", {}, h("thead", {}, head), h("tbody", {}, body)) : h("p", { class: "hint" }, "Nothing to list."),
    rest > 0 ? h("p", { class: "hint" }, `… and ${count(rest)} more; the files below have them all.`) : null,
  );
}

function drawHead(by, label, redraw) {
  const numeric = ["start", "end", "score"].includes(by);
  const direction = order.by === by ? (order.descending ? "descending" : "ascending") : null;
  const button = h("button", { type: "button", "data-by": by, onclick: () => {
    order = { by, descending: order.by === by && !order.descending };
    const { parentElement: scroll } = button.closest("table");
    redraw();
    scroll.querySelector(`[data-by="${by}"]`)?.focus(); // the same one, drawn anew
  } }, label);
  return h("th", { scope: "col", class: numeric ? "number" : null, "aria-sort": direction }, button);
}

function drawRow(row, several, find) {
  const word = h("button", { type: "button", title: "Show it in the text", onclick: () => find(row) }, h("bdi", {}, row.word));
  const cells = row.cells.map((cell) => {
    if (cell === null) return h("td", {}, "–");
    return h("td", {}, chip(cell.type, cell.colour), several ? ` ${percent(cell.score)}` : null);
  });
  const sure = several ? [] : [h("td", { class: "number" }, drawBar(row.cells[0].score), ` ${percent(row.cells[0].score)}`)];
  return h("tr", {}, h("td", { class: "word" }, word), cells, sure,
    h("td", { class: "number" }, count(row.start)), h("td", { class: "number" }, count(row.end)));
}

function drawBar(score) {
  const inner = h("i");
  inner.style.width = width(score);
  return h("span", { class: "bar", "aria-hidden": "true" }, inner);
}

function sort(rows) {
  const value = (row) => {
    if (order.by === "score") return row.cells[0]?.score ?? -1;
    if (order.by.startsWith("cell")) return row.cells[Number(order.by.slice(4))]?.type ?? "";
    return row[order.by];
  };
  const compare = (a, b) => {
    const [x, y] = [value(a), value(b)];
    return (typeof x === "number" ? x - y : String(x).localeCompare(String(y))) || a.start - b.start;
  };
  return [...rows].sort((a, b) => (order.descending ? -1 : 1) * compare(a, b));
}
