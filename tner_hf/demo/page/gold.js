// The second tab: models against annotated sentences, every entity in its class.

import { $, h, fill, Text, percent, count, plural } from "./dom.js";
import { drawText } from "./marks.js";
import { run, alert } from "./status.js";
import { readFile } from "./files.js";
import { state, on, tell } from "./state.js";

const PAGE = 20;

let result = null;
let shown = PAGE;
let chosen = ""; // class that sentences must have

export function startGold() {
  $("gold-form").addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  $("gold-file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    const content = file ? await readFile(file, $("gold-status")) : null;
    if (content === null) return;
    $("iob").value = content;
    check(file.name);
  });
  $("gold-example").addEventListener("click", () => {
    $("iob").value = state.demo.gold_example;
    check();
  });
  $("unify").checked = state.demo.models.every((model) => model.unified);
  for (const event of ["models", "lowercase"]) on(event, () => (result && state.tab === "gold" ? check() : null));
  $("unify").addEventListener("change", () => (result ? check() : null));
}

export async function check(name = "") {
  const given = $("iob").value;
  if (!given.trim()) {
    $("iob").focus();
    return alert($("gold-status"), "There are no annotated sentences yet. Paste some, open a file, or take the example.");
  }
  const found = await run($("gold-status"), "check", [given, state.models, state.lowercase, $("unify").checked, name]);
  tell("link");
  if (found === null) return; // what was found before stays
  [result, shown, chosen] = [found, PAGE, ""];
  draw();
}

function draw() {
  const { models, warnings, mapped, scheme, sentences } = result;
  const renamed = Object.entries(mapped).map(([native, name]) => `${native} → ${name}`).join(", ");
  $("gold-summary").textContent = `${plural(sentences.length, "sentence")} checked, read as ${scheme}: ${models
    .map(({ model, protocols }) => `${model} has an F1 of ${percent(protocols.full.type_aware.default.micro.f1)}`)
    .join(", ")}.`;
  fill(
    $("gold-result"),
    h("section", { class: "scores", "aria-label": "Scores" }, models.map(drawScores)),
    h(
      "section",
      { class: "card", "aria-label": "Sentences" },
      h("div", { class: "card-head" }, h("h2", {}, plural(sentences.length, "sentence")), h("span", { class: "hint" }, `read as ${scheme}`)),
      renamed ? h("p", { class: "note" }, `Types of the file, as the models call them: ${renamed}`) : null,
      warnings.length ? h("p", { class: "note" }, warnings.join("\n")) : null,
      drawChoice(),
      h("div", { id: "gold-sentences" }),
    ),
  );
  drawSentences();
}

function drawScores({ model, protocols, coverage }) {
  const { type_aware: aware, type_ignored: ignored } = protocols.full;
  const full = aware.default.micro;
  const plain = ignored.default.micro;
  const shared = protocols.shared.type_aware.default.micro;
  const partial = coverage.gold_kept < coverage.gold_total;
  return h(
    "div",
    { class: "card score" },
    h("h3", {}, h("bdi", {}, model)),
    h("div", { class: "big" },
      h("div", {}, h("b", { "data-score": "type_aware" }, percent(full.f1)), h("span", {}, "F1 with types")),
      h("div", {}, h("b", { "data-score": "type_ignored" }, percent(plain.f1)), h("span", {}, "F1, types ignored"))),
    h("dl", {},
      h("dt", {}, "precision"), h("dd", {}, percent(full.precision)),
      h("dt", {}, "recall"), h("dd", {}, percent(full.recall)),
      h("dt", {}, "strict IOB2"), h("dd", {}, `${percent(aware.strict.micro.f1)} · ${percent(ignored.strict.micro.f1)}`),
      h("dt", {}, "gold"), h("dd", {}, plural(full.support, "entity", "entities")),
      partial ? [h("dt", {}, "shared types"), h("dd", {}, `${percent(shared.f1)} over ${count(coverage.gold_kept)} of them`)] : null),
  );
}

// How often each class occurs with each model: gold entities, and spurious ones of the model.
function tally() {
  const counts = new Map(Object.keys(state.demo.classes).map((name) => [name, result.models.map(() => 0)]));
  result.models.forEach(({ gold, predicted }, i) => {
    for (const entity of gold.flat()) counts.get(entity.error)[i] += 1;
    for (const entity of predicted.flat()) if (entity.error === "spurious") counts.get("spurious")[i] += 1;
  });
  return [...counts].filter(([, numbers]) => numbers.some(Boolean));
}

// Name, sign and meaning of a class.
const describe = (name) => state.demo.classes[name];

function tip(name) {
  const [, , meaning] = describe(name);
  return result.models.length > 1 ? `${meaning}; ${result.models.map(({ model }) => model).join(" · ")}` : meaning;
}

function drawChoice() {
  const button = (name, words, numbers, title) =>
    h("button", { type: "button", title, "data-class": name, "aria-pressed": String(chosen === name), onclick: () => {
      chosen = chosen === name ? "" : name;
      shown = PAGE;
      for (const each of document.querySelectorAll(".classes button")) each.setAttribute("aria-pressed", String(each.dataset.class === chosen));
      drawSentences();
    } }, words, " ", h("b", {}, numbers.map(count).join(" · ")));
  return h("div", { class: "classes", role: "group", "aria-label": "Show sentences with" },
    tally().map(([name, numbers]) => {
      const [words, sign] = describe(name);
      return button(name, `${sign} ${words}`, numbers, tip(name));
    }));
}

function drawSentences() {
  const numbers = result.sentences.map((_, i) => i).filter((i) =>
    !chosen || result.models.some(({ gold, predicted }) => [...gold[i], ...predicted[i]].some((e) => e.error === chosen)));
  const rest = numbers.length - shown;
  fill(
    $("gold-sentences"),
    numbers.slice(0, shown).map(drawSentence),
    rest > 0 ? h("button", { type: "button", class: "quiet", onclick: () => {
      shown += PAGE;
      drawSentences();
    } }, `Show more (${count(rest)} left)`) : null,
  );
}

function drawSentence(i) {
  const text = new Text(result.sentences[i]);
  const one = result.models.length === 1;
  const rows = [["gold", drawText(text, marks(result.models[0].gold[i], one), { label: `Sentence ${i + 1}, gold` })]];
  for (const { model, predicted } of result.models) {
    rows.push([one ? "model" : model, drawText(text, marks(predicted[i], true), { label: `Sentence ${i + 1}, ${model}` })]);
  }
  return h("div", { class: "sentence" }, rows.map(([who, view]) => [h("div", { class: "who" }, h("bdi", {}, who)), view]));
}

// Several models agree with gold in different ways, so only one model's classes are signed there.
function marks(entities, signed) {
  return entities.map(({ start, end, type, error, other }) => {
    const [words, sign, meaning] = describe(error);
    return {
      start,
      end,
      type,
      colour: result.types[type],
      sign: signed ? sign : "",
      relation: signed ? error : "",
      tip: signed ? [`${words}: ${meaning}${other && error !== "correct" ? ` (${other})` : ""}`] : [],
    };
  });
}
