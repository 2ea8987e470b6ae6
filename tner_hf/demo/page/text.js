// The first tab: a text, what each model finds in it, and where they differ.

import { $, h, fill, Text, count, plural } from "./dom.js";
import { drawText, hideTip, oneStop, showMarks } from "./marks.js";
import { drawBest } from "./best.js";
import { writeHtml } from "./html.js";
import { SIGNS, relate, tally } from "./compare.js";
import { drawTypes, showFilters } from "./filters.js";
import { drawTable } from "./table.js";
import { run, alert } from "./status.js";
import { save, writeConll, writeCsv } from "./save.js";
import { state, on, tell, passes } from "./state.js";

const LETTERS = "ABCD";

let answer = null; // what the server said
let text = null; // of that answer
let answered = 0; // times
let drawn = null; // the views of that answer, drawn with all that was found

export function startText() {
  const form = $("text-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  });
  $("text").addEventListener("input", showLength);
  $("text").addEventListener("input", showStale);
  on("lowercase", () => (answer && state.tab === "text" ? submit() : null));
  fill($("examples"), state.demo.examples.map(({ label, text: example }) =>
    h("button", { type: "button", title: example, onclick: () => use(example) }, h("bdi", {}, label))));
  oneStop($("examples"));
  $("save-json").addEventListener("click", saveJson);
  $("save-csv").addEventListener("click", saveCsv);
  $("save-conll").addEventListener("click", saveConll);
  $("save-html").addEventListener("click", saveHtml);
  $("best").checked = state.best;
  $("best").addEventListener("change", () => {
    state.best = $("best").checked;
    tell("link");
    if (answer && state.best && !answer.answers[0].best) submit();
    else if (answer) drawBest($("best-types"), answer, text);
  });
  on("filters", draw);
  on("models", () => (answer && state.tab === "text" ? submit() : null));
  showLength();
}

function use(example) {
  $("text").value = example;
  showLength();
  submit();
}

// Whether what is shown is still about the text above.
function showStale() {
  $("stale").hidden = !answer || $("text").value === text.text;
  $("text-result").classList.toggle("old", !$("stale").hidden);
}

function showLength() {
  const { length } = new Text($("text").value);
  const most = state.demo.limits.characters;
  $("length").textContent = length > most ? `${count(length)} of at most ${count(most)} characters` : length ? plural(length, "character") : "";
}

export async function submit() {
  const given = $("text").value;
  tell("link");
  if (!given.trim()) {
    $("text").focus();
    return alert($("text-status"), "There is no text yet. Type one, or choose an example.");
  }
  const found = await run($("text-status"), "tag", [given, state.models, state.lowercase, state.best]);
  if (found === null) return; // what was found before stays
  [answer, text] = [found, new Text(given)];
  showStale();
  draw();
  drawBest($("best-types"), answer, text);
  answered += 1;
  $("text-result").dataset.answers = String(answered);
}

function draw() {
  hideTip();
  $("filters").hidden = !answer || state.tab !== "text";
  if (!answer) return;
  $("text-result").hidden = false;
  const { answers, types } = answer;
  const several = answers.length > 1;
  $("only-differences-row").hidden = !several;
  drawTypes(types, answers.flatMap((each) => each.entities));
  showFilters();
  const shown = answers.map(visible);
  const related = answers.map((_, i) => (several ? relateTo(shown, i) : null));
  if (drawn?.answer !== answer || drawn.ignoreTypes !== state.ignoreTypes) drawViews(several);
  drawn.views.forEach(({ view, number }, i) => {
    const looks = new Map(shown[i].map((entity, at) => [entity.at, compare(related[i]?.[at], i)]));
    showMarks(view, (mark) => looks.get(mark.at));
    number.textContent = plural(shown[i].length, "entity", "entities");
  });
  $("views").className = `views${several ? " several" : ""}${several && state.onlyDifferences ? " dim" : ""}`;
  drawLegend(shown, several);
  $("summary").textContent = summarise(answers, shown);
  const warnings = answers.flatMap((each) => each.warnings).join("\n");
  if ($("text-warnings").textContent !== warnings) $("text-warnings").textContent = warnings; // said once
  $("text-warnings").hidden = !warnings;
  $("marks-hint").hidden = !shown.some((each) => each.length);
  drawTable($("table"), rows(shown), { find });
}

// An answer's entities as they are drawn: without types where those are ignored.
function drawable({ entities }) {
  return entities.map((entity, at) => ({
    at,
    start: entity.start,
    end: entity.end,
    score: entity.score,
    type: state.ignoreTypes ? "entity" : entity.entity_group,
    colour: state.ignoreTypes ? null : answer.types[entity.entity_group],
  }));
}

// Those that the slider and the types leave.
const visible = (each) => drawable(each).filter(({ at }) => passes(each.entities[at]));

// The first model is compared with the second, every other one with the first.
function relateTo(shown, i) {
  const [mine] = relate(shown[i], shown[i === 0 ? 1 : 0]);
  return mine;
}

function drawViews(several) {
  const views = answer.answers.map((each, i) => {
    const view = drawText(text, drawable(each), { label: `The text as ${each.model} reads it` });
    const number = h("small");
    const title = h("h3", {}, h("span", { class: "letter" }, LETTERS[i]), h("bdi", {}, each.model), number);
    return { view, number, element: several ? h("div", {}, title, view) : view };
  });
  drawn = { answer, ignoreTypes: state.ignoreTypes, views };
  fill($("views"), views.map(({ element }) => element));
}

// What is new of a mark once it is compared.
function compare({ relation = "", other } = {}, i) {
  return {
    relation,
    sign: SIGNS[relation] ?? "",
    tip: relation ? [describe(relation, other, LETTERS[i === 0 ? 1 : 0])] : [],
  };
}

function describe(relation, partner, letter) {
  if (relation === "agree") return `model ${letter} says the same`;
  if (relation === "only") return `model ${letter} finds nothing here`;
  const words = text.slice(partner.start, partner.end);
  return `model ${letter}: ${partner.type}${relation === "bounds" ? `, “${words.length > 60 ? `${words.slice(0, 59)}…` : words}”` : ""}`;
}

function drawLegend(shown, several) {
  $("compare-legend").hidden = !several;
  if (!several) return;
  const item = (relation, number, words) =>
    h("span", {}, h("span", { class: "sign" }, SIGNS[relation] || "="), ` ${words} `, h("b", {}, count(number)));
  const lines = shown.slice(1).map((other, i) => {
    const counts = tally(...relate(shown[0], other));
    const letter = LETTERS[i + 1];
    return h("div", { class: "legend-line" },
      shown.length > 2 ? h("span", {}, `A and ${letter}:`) : null,
      item("agree", counts.agree, "the same"),
      item("only", counts.onlyA, "only in A"),
      item("only", counts.onlyB, `only in ${letter}`),
      item("type", counts.type, "another type"),
      item("bounds", counts.bounds, "other bounds"));
  });
  fill($("compare-legend"), lines);
}

function summarise(answers, shown) {
  const words = plural(answers[0].words, "word");
  const took = answers.map((each) => `${(1000 * each.seconds).toFixed(0)} ms`).join(" + ");
  const windows = answers.some((each) => each.windowed) ? ", in overlapping windows" : "";
  const of = (entities, all) => (entities.length < all.length ? `${count(entities.length)} of ${count(all.length)}` : count(all.length));
  const found = answers.length > 1 ? "" : `${of(shown[0], answers[0].entities)} ${answers[0].entities.length === 1 ? "entity" : "entities"} in `;
  return `${found}${words}, ${took}${windows}${state.lowercase ? ", read in lower case" : ""}`;
}

// One row for each stretch of text that any model marks.
function rows(shown) {
  const byPlace = new Map();
  shown.forEach((entities, i) => {
    for (const { start, end, type, colour, score } of entities) {
      const key = `${start} ${end}`;
      if (!byPlace.has(key)) byPlace.set(key, { start, end, word: text.slice(start, end), cells: shown.map(() => null) });
      byPlace.get(key).cells[i] = { type, colour, score };
    }
  });
  const all = [...byPlace.values()];
  const differ = ({ cells }) => new Set(cells.map((cell) => cell?.type)).size > 1;
  return shown.length > 1 && state.onlyDifferences ? all.filter(differ) : all;
}

function find(row) {
  const mark = document.querySelector(`#views mark[data-start="${row.start}"]`);
  mark?.scrollIntoView({ block: "center" });
  mark?.focus({ preventScroll: true });
}

function saveJson() {
  const answers = answer.answers.map(({ model, entities }) => ({ model, entities: entities.filter(passes) }));
  save("entities.json", `${JSON.stringify({ text: text.text, answers }, null, 1)}\n`, "application/json");
}

function saveHtml() {
  const parts = drawn.views.map(({ view }, i) => ({ model: answer.answers[i].model, view }));
  save("entities.html", writeHtml(parts), "text/html");
}

function saveConll() {
  const files = answer.answers.map(({ spans, entities }) => {
    const tokens = spans.map(([start, end]) => text.slice(start, end));
    return writeConll([{ tokens, spans, entities: entities.filter(passes) }]);
  });
  files.forEach((content, i) => save(files.length > 1 ? `entities.${LETTERS[i]}.conll` : "entities.conll", content, "text/plain"));
}

function saveCsv() {
  const body = answer.answers.flatMap(({ model, entities }) =>
    entities.filter(passes).map((e) => [model, e.word, e.entity_group, e.score, e.start, e.end]));
  save("entities.csv", writeCsv([["model", "word", "entity_group", "score", "start", "end"], ...body]), "text/csv");
}
