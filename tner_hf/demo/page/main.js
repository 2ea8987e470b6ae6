// Starts the page: what the server offers, the tabs, the models, the theme, the view in the address.

import { $, h, fill, count } from "./dom.js";
import { drawAbout, drawSnippets } from "./about.js";
import { startFilters, showFilters } from "./filters.js";
import { startFiles } from "./files.js";
import { startGold, check } from "./gold.js";
import { readLink, writeLink } from "./link.js";
import { hideTip } from "./marks.js";
import { startText, submit } from "./text.js";
import { alert } from "./status.js";
import { state, on, tell } from "./state.js";
import { startTheme } from "./theme.js";

const TABS = ["text", "gold", "file"];

async function start() {
  startTheme();
  const response = await fetch(new URL("page/demo.json", document.baseURI)).catch(() => null);
  if (!response?.ok) return alert($("text-status"), "The server cannot be reached. Is it still running?");
  state.demo = await response.json();
  document.title = state.demo.title;
  $("title").textContent = state.demo.title;
  const view = readLink();
  takeOver(view);
  startModels();
  startLowercase();
  startFilters();
  showFilters();
  startTabs();
  startText();
  startGold();
  startFiles();
  drawSnippets(state.demo);
  showLimits();
  for (const event of ["models", "link"]) on(event, link);
  on("filters", linkSoon);
  choose(TABS.includes(view.tab) ? view.tab : "text");
  $("copy-link").addEventListener("click", copyLink);
  document.body.dataset.ready = "yes";
  if (view.text) submit();
  if (view.gold) check();
}

function takeOver(view) {
  const offered = state.demo.models.map((model) => model.name);
  const named = view.models.filter((name) => offered.includes(name) || state.demo.any_model);
  state.models = named.length ? named.slice(0, state.demo.limits.models) : offered.slice(0, 2);
  state.hidden = new Set(view.hidden);
  Object.assign(state, {
    lowercase: view.lowercase,
    ignoreTypes: view.ignoreTypes,
    onlyDifferences: view.onlyDifferences,
    best: view.best,
    confidence: view.confidence,
  });
  if (view.text) $("text").value = view.text;
  if (view.gold) $("iob").value = view.gold;
}

function startModels() {
  const { models, any_model: any } = state.demo;
  $("models").hidden = models.length < 2 && !any;
  $("add-model").hidden = !any;
  const names = new Set([...models.map((model) => model.name), ...state.models]);
  const draw = () => fill($("model-choices"), [...names].map(drawModel));
  $("add-model").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = $("model-id").value.trim();
    if (!name) return;
    names.add(name);
    state.models = [...state.models, name].slice(-state.demo.limits.models);
    $("model-id").value = "";
    draw();
    tell("models");
  });
  draw();
  on("models", () => drawAbout(state.demo, state.models));
  drawAbout(state.demo, state.models);
}

// One switch on each tab, all of them the same: none acts unseen.
function startLowercase() {
  const switches = document.querySelectorAll("[data-lowercase]");
  const show = () => switches.forEach((each) => (each.checked = state.lowercase));
  for (const each of switches) {
    each.addEventListener("change", () => {
      state.lowercase = each.checked;
      show();
      tell("lowercase");
      tell("link");
    });
  }
  show();
}

function drawModel(name) {
  const box = h("input", { type: "checkbox", checked: state.models.includes(name), onchange: () => {
    const wanted = box.checked ? [...state.models, name] : state.models.filter((each) => each !== name);
    if (!wanted.length || wanted.length > state.demo.limits.models) {
      box.checked = !box.checked; // one at least, and no more than fit side by side
      return;
    }
    state.models = wanted;
    tell("models");
  } });
  return h("label", { class: "choice" }, box, h("bdi", {}, name));
}

function startTabs() {
  const list = document.querySelector(".tabs");
  for (const name of TABS) $(`tab-${name}`).addEventListener("click", () => choose(name));
  list.addEventListener("keydown", (event) => {
    const at = TABS.indexOf(state.tab);
    const places = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 };
    if (!(event.key in places)) return;
    event.preventDefault();
    const next = TABS[(places[event.key] + TABS.length) % TABS.length];
    choose(next);
    $(`tab-${next}`).focus();
  });
}

function choose(name) {
  state.tab = name;
  hideTip();
  for (const each of TABS) {
    const selected = each === name;
    $(`tab-${each}`).setAttribute("aria-selected", String(selected));
    $(`tab-${each}`).tabIndex = selected ? 0 : -1;
    $(`panel-${each}`).hidden = !selected;
  }
  tell("filters");
}

let soon = null;

// A slider moves faster than browsers let addresses change.
function linkSoon() {
  clearTimeout(soon);
  soon = setTimeout(link, 200);
}

function link() {
  clearTimeout(soon);
  const { tab, models, lowercase, confidence, ignoreTypes, onlyDifferences, best, hidden } = state;
  const usual = state.demo.models.slice(0, 2).map((model) => model.name).join("\n");
  return writeLink({
    tab, lowercase, confidence, ignoreTypes, onlyDifferences, best,
    hidden: [...hidden],
    text: tab === "text" ? $("text").value : "",
    gold: tab === "gold" ? $("iob").value : "",
    models: models.join("\n") === usual ? [] : models,
  });
}

async function copyLink() {
  const fits = link();
  const button = $("copy-link");
  try {
    await navigator.clipboard.writeText(location.href);
    const left = state.tab === "file" ? "without the file" : fits ? "" : "without the text: it is too long";
    button.textContent = left ? `Copied, ${left}` : "Copied";
  } catch {
    button.textContent = "Copy it from the address bar";
  }
  setTimeout(() => (button.textContent = "Copy link"), 2500);
}

function showLimits() {
  const { characters, bytes, seconds } = state.demo.limits;
  $("limits").textContent =
    `What you type goes to this server only and is forgotten once it is answered; files are not kept. ` +
    `At most ${count(characters)} characters a text, ${count(bytes / 1e6)} MB a file, ${count(seconds)} seconds a request. ` +
    `tner-hf ${state.demo.version}`;
}

start();
