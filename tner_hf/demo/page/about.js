// What is known of the chosen models, and how to call them from a program.

import { $, h, fill, percent } from "./dom.js";
import { chip } from "./marks.js";

export function drawAbout(demo, chosen) {
  const models = chosen.map((name) => demo.models.find((model) => model.name === name) ?? { name, types: {}, facts: [], scores: [] });
  $("about-title").textContent = models.length > 1 ? "The models" : "The model";
  fill($("facts"), models.map(drawModel));
}

function drawModel({ name, types, facts, scores }) {
  return h(
    "div",
    { class: "facts" },
    h("h3", {}, h("bdi", {}, name)),
    h("p", { class: "hint" }, Object.keys(types).length ? "It looks for" : "It is loaded when you use it."),
    h("div", { class: "known" }, Object.entries(types).map(([type, number]) => chip(type, number))),
    h("dl", {}, facts.map(([key, value]) => [h("dt", {}, key), h("dd", {}, value)])),
    scores.length ? drawScores(scores) : null,
  );
}

function drawScores(scores) {
  const rows = scores.map(({ on, aware, ignored }) =>
    h("tr", {}, h("td", {}, on), h("td", { class: "number" }, percent(aware)), h("td", { class: "number" }, ignored === null ? "" : percent(ignored))),
  );
  const head = h("tr", {}, h("th", {}, "F1 on"), h("th", { class: "number" }, "with types"), h("th", { class: "number" }, "without"));
  return h("table", {}, h("thead", {}, head), h("tbody", {}, rows));
}

export function drawSnippets(demo) {
  const base = document.baseURI.split("#")[0];
  const model = demo.models[0].name;
  const python = `from gradio_client import Client

client = Client("${base}")
client.predict(
    text="Ada lived in London.",
    model=${JSON.stringify(model)},
    api_name="/predict",
)`;
  const shell = `id=$(curl -s ${base}gradio_api/call/v2/predict \\
  -H 'Content-Type: application/json' \\
  -d '{"text": "Ada lived in London."}' |
  cut -d '"' -f 4)
curl -sN ${base}gradio_api/call/v2/predict/$id`;
  fill($("snippets"), h("h3", {}, "Python"), h("pre", { tabindex: "0" }, python), h("h3", {}, "HTTP"), h("pre", { tabindex: "0" }, shell),
    h("p", { class: "hint" }, "Same entities as the model's pipeline(\"ner\")."));
}
