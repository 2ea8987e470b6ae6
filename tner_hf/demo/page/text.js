// The first tab: a text, what each model finds in it, and where they differ.

import { $, h, fill, Text, count, plural } from "./dom.js";
import { drawText, hideTip, oneStop } from "./marks.js";
import { RELATIONS, relate, tally } from "./compare.js";
import { drawTypes, showFilters } from "./filters.js";
import { drawTable } from "./table.js";
import { run, alert } from "./status.js";
import { save, writeConll, writeCsv } from "./save.js";
import { state, on, tell, passes } from "./state.js";

const LETTERS = "ABCD";

let answer = null; // what the server said
let text = null; // of that answer
let answered = 0; // times

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
  const found = await run($("text-status"), "tag", [given, state.models, state.lowercase]);
  if (found === null) return; // what was found before stays
  [answer, text] = [found, new Text(given)];
  showStale();
  draw();
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
  fill($("views"), answers.map((each, i) => drawView(each, shown[i], related[i], i, several)));
  $("views").className = `views${several ? " several" : ""}${several && state.onlyDifferences ? " dim" : ""}`;
  drawLegend(shown, several);
  $("summary").textContent = summarise(answers, shown);
  const warnings = answers.flatMap((each) => each.warnings).join("\n");
  if ($("text-warnings").textContent !== warnings) $("text-warnings").textContent = warnings; // said once
  $("text-warnings").hidden = !warnings;
  $("marks-hint").hidden = !shown.some((each) => each.length);
  drawTable($("table"), rows(shown), { find });
}

// An answer's entities as they are shown: filtered, and without types where those are ignored.
function visible({ entities }) {
  return entities.filter(passes).map((entity) => ({
    start: entity.start,
    end: entity.end,
    score: entity.score,
    type: state.ignoreTypes ? "entity" : entity.entity_group,
    colour: state.ignoreTypes ? null : answer.types[entity.entity_group],
  }));
}

// The first model is compared with the second, every other one with the first.
function relateTo(shown, i) {
  const [mine] = relate(shown[i], shown[i === 0 ? 1 : 0]);
  return mine;
}

function drawView(each, entities, related, i, several) {
  const other = LETTERS[i === 0 ? 1 : 0];
  const marks = entities.map((entity, at) => {
    const { relation, other: partner } = related?.[at] ?? {};
    const tip = relation ? [describe(relation, partner, other)] : [];
    return { ...entity, sign: relation ? RELATIONS[relation].sign : "", relation, tip };
  });
  const view = drawText(text, marks, { label: `The text as ${each.model} reads it` });
  if (!several) return view;
  const title = h("h3", {}, h("span", { class: "letter" }, LETTERS[i]), h("bdi", {}, each.model), h("small", {}, plural(entities.length, "entity", "entities")));
  return h("div", {}, title, view);
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
    h("span", {}, h("span", { class: "sign" }, RELATIONS[relation].sign || "="), ` ${words} `, h("b", {}, count(number)));
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

function saveConll() {
  const files = answer.answers.map(({ spans, entities }) => {
    const tokens = spans.map(([start, end]) => text.slice(start, end));
    return writeConll([{ tokens, entities: entities.filter(passes) }]);
  });
  files.forEach((content, i) => save(files.length > 1 ? `entities.${LETTERS[i]}.conll` : "entities.conll", content, "text/plain"));
}

function saveCsv() {
  const body = answer.answers.flatMap(({ model, entities }) =>
    entities.filter(passes).map((e) => [model, e.word, e.entity_group, e.score, e.start, e.end]));
  save("entities.csv", writeCsv([["model", "word", "entity_group", "score", "start", "end"], ...body]), "text/csv");
}
