// The likeliest types of each word, as a strip: what else the model thought of.

import { h, fill, count, percent, width } from "./dom.js";
import { colourClass } from "./marks.js";
import { state } from "./state.js";

const SHOWN = 1_000; // words

export function drawBest(place, answer, text) {
  const told = state.best && answer.answers.every((each) => each.best);
  place.hidden = !told;
  fill(place, told ? answer.answers.map((each) => drawStrip(each, answer, text)) : []);
}

function drawStrip({ model, spans, best }, { answers, types }, text) {
  const rest = spans.length - SHOWN;
  return [
    answers.length > 1 ? h("h3", {}, h("bdi", {}, model)) : null,
    h("ol", { class: "strip", tabindex: "0", "aria-label": `The likeliest types of each word, by ${model}` },
      spans.slice(0, SHOWN).map(([start, end], i) => drawWord(text.slice(start, end), best[i], types))),
    rest > 0 ? h("p", { class: "hint" }, `The first ${count(SHOWN)} words; Save JSON has ${count(rest)} more.`) : null,
  ];
}

function drawWord(word, best, types) {
  const lines = best.map(([type, score]) => {
    const bar = h("i");
    bar.style.width = width(score);
    const name = type === "O" ? "none" : type;
    return h("span", { class: `likely ${type === "O" ? "plain" : colourClass(types[type])}` },
      h("bdi", {}, name), h("b", {}, percent(score, 0)), h("span", { class: "bar", "aria-hidden": "true" }, bar));
  });
  return h("li", { dir: "auto" }, h("bdi", { class: "word" }, word), lines.length ? lines : h("span", { class: "likely" }, "not seen"));
}
