// The third tab: a whole file through a model. Files are read here and sent as text.

import { $, h, fill, Text, count, plural } from "./dom.js";
import { chip, drawText } from "./marks.js";
import { run, alert } from "./status.js";
import { save, writeConll, writeCsv, writeJsonLines } from "./save.js";
import { state, on } from "./state.js";

const SHOWN = 25;

let file = null; // { name, content }

export function startFiles() {
  $("file").addEventListener("change", (event) => take(event.target.files[0]));
  const drop = $("drop");
  for (const type of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", type === "dragover");
      if (type === "drop") take(event.dataTransfer.files[0]);
    });
  }
  const offer = () => {
    const { value } = $("file-model");
    fill($("file-model"), state.models.map((name) => h("option", { value: name, selected: name === value }, name)));
    $("file-model-row").hidden = state.models.length < 2;
  };
  on("models", offer);
  offer();
  $("file-form").addEventListener("submit", (event) => {
    event.preventDefault();
    tag();
  });
}

async function take(chosen) {
  if (!chosen) return;
  const content = await readFile(chosen, $("file-status"));
  file = content === null ? null : { name: chosen.name, content };
  $("tag-file").disabled = file === null;
  $("file-name").textContent = file ? `${chosen.name} (${count(Math.ceil(chosen.size / 1000))} kB)` : "Choose a file, or drop it here";
}

// The text of a file; null, and a message, if it is none or too large.
export async function readFile(chosen, place) {
  const most = state.demo.limits.bytes;
  if (chosen.size > most) {
    alert(place, `${chosen.name} has ${count(chosen.size)} bytes; this demo takes ${count(most)}. Cut it into parts.`);
    return null;
  }
  try {
    const content = new TextDecoder("utf-8", { fatal: true }).decode(await chosen.arrayBuffer());
    fill(place);
    if (!content.includes("\0") && !content.startsWith("%PDF-")) return content;
    alert(place, `${chosen.name} is no text file. Save its text as .txt, in UTF-8.`);
    return null;
  } catch {
    const head = new TextDecoder("latin1").decode(await chosen.slice(0, 1000).arrayBuffer());
    if (head.startsWith("%PDF-") || head.includes("\0")) {
      alert(place, `${chosen.name} is no text file${head.startsWith("%PDF-") ? ", but a PDF" : ""}. Save its text as .txt, in UTF-8.`);
      return null;
    }
    alert(place, `${chosen.name} is not UTF-8 text. Save it as UTF-8, or convert it: iconv -f latin1 -t utf-8`);
    return null;
  }
}

async function tag() {
  if (!file) return;
  const model = state.models.length > 1 ? $("file-model").value : state.models[0];
  const answer = await run($("file-status"), "tag_file", [file.name, file.content, model, state.lowercase, $("format").value]);
  if (answer === null) return; // what was found before stays
  fill($("file-result"), draw(answer, model));
  const found = Object.values(answer.counts).reduce((a, b) => a + b, 0);
  $("file-summary").textContent =
    `${answer.name}: ${model} found ${plural(found, "entity", "entities")} in ${plural(answer.rows.length, "text")}${state.lowercase ? ", read in lower case" : ""}.`;
}

function draw({ name, note, warnings, rows, counts, types }, model) {
  const stem = name.replace(/\.\w+$/, "");
  const total = Object.values(counts).reduce((a, b) => a + b, 0);
  const downloads = [
    ["Save JSON lines", () => save(`${stem}.entities.jsonl`, writeJsonLines(rows.map(asObject)), "application/x-ndjson")],
    ["Save CSV", () => save(`${stem}.entities.csv`, writeCsv(flatten(rows)), "text/csv")],
  ];
  downloads.push(["Save CoNLL", () => save(`${stem}.entities.conll`, writeConll(rows.map(inWords)), "text/plain")]);
  return h(
    "section",
    { class: "card", "aria-label": "Tagged file" },
    h("div", { class: "card-head" },
      h("h2", {}, `${plural(total, "entity", "entities")} in ${plural(rows.length, "text")}`, h("small", {}, " by ", h("bdi", {}, model))),
      h("div", { class: "row" }, downloads.map(([label, onclick]) => h("button", { type: "button", class: "quiet", onclick }, label)))),
    note ? h("p", { class: "note" }, note) : null,
    warnings.length ? h("p", { class: "note" }, warnings.join("\n")) : null,
    h("p", { class: "known" }, Object.entries(counts).map(([type, number]) => h("span", {}, chip(type, types[type]), ` ${count(number)} `))),
    rows.slice(0, SHOWN).map((row) => h("div", { class: "sentence" },
      h("div", { class: "who" }, `line ${row.line}`),
      drawText(new Text(row.text), row.entities.map((e) => ({ ...e, type: e.entity_group, colour: types[e.entity_group] })), { label: `Line ${row.line}` }))),
    rows.length > SHOWN ? h("p", { class: "hint" }, `The first ${SHOWN} are shown; the files have all ${count(rows.length)}.`) : null,
  );
}

// The file's own columns come first, as it has them.
function asObject({ extra, spans, ...row }) {
  return { ...extra, ...row };
}

function inWords({ text, tokens, spans, entities }) {
  if (tokens) return { tokens, entities };
  const whole = new Text(text);
  return { tokens: spans.map(([start, end]) => whole.slice(start, end)), spans, entities };
}

function flatten(rows) {
  const own = [...new Set(rows.flatMap((row) => Object.keys(row.extra ?? {})))];
  const write = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : value);
  const body = rows.flatMap((row) =>
    row.entities.map((e) => [...own.map((name) => write(row.extra?.[name])), row.line, e.word, e.entity_group, e.score, e.start, e.end]));
  return [[...own, "line", "word", "entity_group", "score", "start", "end"], ...body];
}
