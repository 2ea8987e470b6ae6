// The slider and the types: they choose among what was found, without asking the model again.

import { $, h, fill, count } from "./dom.js";
import { chip } from "./marks.js";
import { state, on, tell } from "./state.js";

export function startFilters() {
  $("confidence").addEventListener("input", (event) => {
    state.confidence = Number(event.target.value);
    tell("filters");
  });
  $("ignore-types").addEventListener("change", (event) => {
    state.ignoreTypes = event.target.checked;
    tell("filters");
  });
  $("only-differences").addEventListener("change", (event) => {
    state.onlyDifferences = event.target.checked;
    tell("filters");
  });
  on("filters", showFilters);
  // On a narrow screen they stand between the text and the table that they choose from.
  const narrow = matchMedia("(max-width: 58rem)");
  const place = () => (narrow.matches ? $("table-card").before($("filters")) : $("beside").prepend($("filters")));
  narrow.addEventListener("change", place);
  place();
}

export function showFilters() {
  $("confidence").value = String(state.confidence);
  $("confidence-value").textContent = `${state.confidence} %`;
  $("ignore-types").checked = state.ignoreTypes;
  $("only-differences").checked = state.onlyDifferences;
}

let drawn = null; // the types that are listed, with the number beside each

// The types of an answer, each with how many of it there are.
export function drawTypes(types, entities) {
  const counts = new Map(Object.keys(types).map((type) => [type, 0]));
  const sure = new Map(counts);
  for (const { entity_group: type, score } of entities) {
    counts.set(type, counts.get(type) + 1);
    if (100 * score >= state.confidence) sure.set(type, sure.get(type) + 1);
  }
  if (drawn?.types !== types) {
    const ordered = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([type]) => type);
    drawn = { types, numbers: new Map(ordered.map((type) => [type, h("span", { class: "number" })])) };
    fill($("types"), ordered.map((type) => drawType(type, types[type], drawn.numbers.get(type))));
  }
  for (const [type, number] of drawn.numbers) {
    const all = counts.get(type);
    number.textContent = sure.get(type) < all ? `${count(sure.get(type))} of ${count(all)}` : count(all);
  }
}

function drawType(type, colour, number) {
  const box = h("input", { type: "checkbox", name: type, checked: !state.hidden.has(type), onchange: () => {
    if (box.checked) state.hidden.delete(type);
    else state.hidden.add(type);
    tell("filters");
  } });
  return h("label", { class: "choice-type" }, box, chip(type, colour), number);
}
