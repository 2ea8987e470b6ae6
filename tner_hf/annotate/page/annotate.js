// Starts the page: one sentence at a time, changed by key, pointer or button, and accepted.

import { $, h, fill, count, percent, plural } from "./dom.js";
import { colourClass, oneStop } from "./marks.js";
import { startTheme } from "./theme.js";
import { call, CallError } from "./api.js";
import { readKey, showKeys, singleKeys } from "./keys.js";
import { Sentence } from "./sentence.js";
import { Words } from "./words.js";

let about = null; // what the server said at the start
let types = []; // names and colours, in the order of their keys
let sentence = null; // null when all are accepted
let busy = false;
const visited = []; // numbers of the sentences before this one
const words = new Words($("view"), {
  choose: () => showChoice(),
  focus: (word) => {
    if (word >= sentence.from && word < sentence.to) return;
    sentence.chooseAt(word);
    showChoice();
  },
  bounds: (from, to) => edit(() => sentence.setBounds(from, to), () => describeChoice()),
});

async function start() {
  startTheme();
  if (location.search) history.replaceState(null, "", location.pathname); // the token is spent
  showKeys();
  keepSettings();
  try {
    about = await call("start");
  } catch (error) {
    return complain(error);
  }
  document.title = `${about.name} – annotate`;
  $("title").textContent = about.name;
  $("lead").textContent = about.whole
    ? `What you accept goes to ${about.output} at once, the rest of the file stays as it is.`
    : `What you accept goes to ${about.output} at once, and nothing else does.`;
  $("foot").textContent = `Served to this machine alone · format: ${about.format} · tner-hf ${about.version}`;
  if (!about.model) $("order").closest("div").hidden = true;
  listen();
  await load(() => call("next", { order: order() }));
  document.body.dataset.ready = "yes";
}

const order = () => (about.model ? $("order").value : "file");

// Asks for a sentence and shows it; `say` is what is said first.
async function load(ask, say = "") {
  if (busy) return;
  busy = true;
  try {
    const answer = await ask();
    fill($("alert"));
    showState(answer);
    show(answer.sentence);
    tell([say, describeSentence()].filter(Boolean).join(" "));
  } catch (error) {
    complain(error);
  } finally {
    busy = false;
  }
}

function show(shown) {
  sentence = shown ? new Sentence(shown, readDraft(shown)) : null;
  if (sentence) draw(true);
  else fill($("view"), h("p", { class: "done", tabindex: "-1" }, `All sentences are accepted. They are in ${about.output}.`));
  $("sentence-title").textContent = sentence ? `Sentence ${count(sentence.number + 1)}` : "Done";
  showAbout();
  showButtons();
  if (sentence) words.focus();
  else $("view").firstChild.focus();
}

function showAbout() {
  const facts = [];
  if (sentence?.document) facts.push(sentence.document);
  if (sentence?.accepted) facts.push("accepted before");
  else if (typeof sentence?.certainty === "number") facts.push(`least certain word: score ${percent(sentence.certainty)}`);
  fill($("about"), h("bdi", {}, facts.join(" · ")));
}

function showState({ accepted, total, read, types: known, fault }) {
  $("progress").max = total;
  $("progress").value = accepted;
  const reading = read !== null && read < total ? ` The model has read ${count(read)}.` : "";
  $("counts").textContent = `${count(accepted)} of ${plural(total, "sentence")} accepted.${reading}`;
  if (fault) alert(fault);
  if (JSON.stringify(known) !== JSON.stringify(types)) {
    types = known;
    showTypes();
    if (sentence) draw(true);
  }
}

function showTypes() {
  $("filter-row").hidden = types.length <= 10;
  fill($("types"), types.map(({ name, colour }, i) => {
    const key = i < 10 ? String((i + 1) % 10) : null;
    return h("button", {
      type: "button", class: colourClass(colour), "data-type": name, "aria-pressed": "false", "aria-keyshortcuts": key,
      onclick: () => mark(name),
    }, key ? h("kbd", { "aria-hidden": "true" }, `${key} `) : null, h("bdi", {}, name));
  }));
  oneStop($("types"));
  filterTypes();
}

function filterTypes() {
  const wanted = $("filter").value.trim().toLowerCase();
  for (const button of $("types").children) button.hidden = !button.dataset.type.toLowerCase().includes(wanted);
}

const colours = () => new Map(types.map(({ name, colour }) => [name, colour]));

function draw(whole = false) {
  const focused = words.hasFocus;
  if (whole) words.draw(sentence, colours());
  else words.update(colours());
  if (focused) words.focus();
  showButtons();
}

function showChoice() {
  words.choose();
  showButtons();
}

function showButtons() {
  const chosen = sentence?.chosen;
  for (const button of $("types").children) button.setAttribute("aria-pressed", String(button.dataset.type === chosen?.[2]));
  const off = {
    accept: !sentence, delete: !sentence, everywhere: !sentence, skip: !sentence,
    undo: !sentence?.past.length, redo: !sentence?.future.length, back: !visited.length,
  };
  for (const [id, value] of Object.entries(off)) setOff($(id), value);
  for (const id of ["start-less", "start-more", "end-less", "end-more"]) setOff($(id), !sentence);
}

// Not `disabled`: a button that has the focus would lose it.
function setOff(button, off) {
  button.setAttribute("aria-disabled", String(off));
}

// Does something to the sentence, draws it, keeps the draft, and says what became of it.
function edit(change, say) {
  if (!sentence || busy) return;
  const done = change();
  if (done === false) return;
  draw();
  keepDraft();
  tell(say(done));
}

function mark(type) {
  edit(() => sentence.mark(type), () => `${quote()}: ${type}.`);
}

const quote = () => {
  const text = sentence.text(sentence.from, sentence.to);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

function describeChoice() {
  const type = sentence.chosen?.[2];
  return type ? `${quote()}: ${type}.` : `${quote()}: no entity.`;
}

function describeSentence() {
  if (!sentence) return `All sentences are accepted. They are in ${about.output}.`;
  const entities = sentence.entities.map(([start, end, type]) => `${sentence.text(start, end)}: ${type}`);
  const shown = entities.slice(0, 5).join(", ");
  const more = entities.length > 5 ? `, and ${entities.length - 5} more` : "";
  return `Sentence ${count(sentence.number + 1)}, ${plural(entities.length, "entity", "entities")}${shown ? `: ${shown}${more}` : ""}.`;
}

const actions = {
  walk: (step) => look(() => sentence.walk(step)),
  first: () => look(() => sentence.chooseAt(0)),
  last: () => look(() => sentence.chooseAt(sentence.length - 1)),
  jump: (step) => look(() => {
    if (!sentence.jump(step)) tell(step > 0 ? "No entity after this." : "No entity before this.");
  }),
  bound: (side, step) => edit(() => sentence.move(side, step), describeChoice),
  type: (index) => types[index] && mark(types[index].name),
  types: () => ($("filter-row").hidden ? $("types").querySelector("button")?.focus() : $("filter").focus()),
  delete: () => edit(() => sentence.remove(), () => `${quote()}: no entity.`),
  undo: () => step(sentence?.undo(), true),
  redo: () => step(sentence?.redo(), false),
  everywhere,
  accept,
  skip: () => {
    if (!sentence) return;
    visited.push(sentence.number);
    load(() => call("next", { order: order(), after: visited.at(-1), skip: true }), "Skipped.");
  },
  back: () => visited.length && load(async () => {
    const answer = await call("show", { number: visited.at(-1) });
    visited.pop();
    return answer;
  }),
};

function look(change) {
  if (!sentence) return;
  change();
  showChoice();
  words.focus();
}

async function accept() {
  if (!sentence || busy) return;
  const { number, entities, times } = sentence;
  sentence.times = null; // refused because another tab was faster, it may be accepted all the same
  await load(async () => {
    const answer = await call("accept", { number, entities, times, order: order() });
    dropDraft(number);
    visited.push(number);
    return answer;
  }, "Saved.");
}

async function everywhere() {
  if (!sentence || busy) return;
  const type = sentence.chosen?.[2] ?? null;
  edit(() => sentence.everywhere(type), ({ found }) => `${quote()}: ${type ?? "no entity"}, ${plural(found, "time")} in this sentence.`);
  const wanted = sentence.words.slice(sentence.from, sentence.to);
  await tellServer({ words: wanted, type });
}

async function tellServer(body) {
  try {
    const { sentences } = await call("everywhere", body);
    const others = Math.max(0, sentences - 1);
    tell(`${$("said").textContent} ${body.undone ? "No longer in" : "And in"} ${plural(others, "other open sentence")}.`);
  } catch (error) {
    complain(error);
  }
}

function step(taken, back) {
  if (!sentence) return;
  if (!taken) return tell(back ? "Nothing to undo in this sentence." : "Nothing to do again.");
  draw();
  keepDraft();
  tell(`${back ? "Undone" : "Done again"}. ${describeChoice()}`);
  if (taken.said) tellServer({ ...taken.said, undone: back });
}

function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, select, textarea, summary") || event.isComposing) return;
    const inWords = words.hasFocus;
    const rtl = inWords && getComputedStyle($("view").firstChild).direction === "rtl";
    const found = readKey(event, { inWords, backwards: rtl ? "ArrowRight" : "ArrowLeft" });
    if (!found) return;
    event.preventDefault();
    actions[found[0]](...found.slice(1));
  });
  const on = (id, act) => $(id).addEventListener("click", () => $(id).getAttribute("aria-disabled") !== "true" && act());
  for (const id of ["accept", "delete", "everywhere", "undo", "redo", "skip", "back"]) on(id, () => actions[id]());
  for (const [id, side, by] of [["start-less", "start", -1], ["start-more", "start", 1], ["end-less", "end", -1], ["end-more", "end", 1]]) {
    on(id, () => actions.bound(side, by));
  }
  $("filter").addEventListener("input", filterTypes);
  $("filter").addEventListener("keydown", (event) => {
    const first = [...$("types").children].find((button) => !button.hidden);
    if (event.key === "Escape" || (event.key === "Enter" && first)) {
      event.preventDefault();
      if (event.key === "Enter") mark(first.dataset.type);
      $("filter").value = "";
      filterTypes();
      words.focus();
    }
  });
  $("types").addEventListener("keydown", (event) => event.key === "Escape" && words.focus());
  $("types").addEventListener("click", () => words.focus());
  $("order").addEventListener("change", () => load(() => call("next", { order: order() })));
  $("goto").addEventListener("submit", (event) => {
    event.preventDefault();
    const number = Number($("number").value.replaceAll(/[,\s]/g, "")) - 1;
    if (!Number.isInteger(number)) return alert("A sentence has a number.");
    const here = sentence?.number;
    load(async () => {
      const answer = await call("show", { number });
      if (here !== undefined) visited.push(here);
      return answer;
    });
  });
  $("new-type").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      showState(await call("types", { name: $("type-name").value }));
      tell(`New type: ${$("type-name").value.trim()}.`);
      $("type-name").value = "";
      fill($("alert"));
    } catch (error) {
      complain(error);
    }
  });
}

function tell(words_) {
  $("said").textContent = words_;
}

function complain(error) {
  if (!(error instanceof CallError)) throw error;
  alert(error.message);
}

function alert(message) {
  fill($("alert"), h("p", { class: "alert", role: "alert" }, message));
}

// What is changed and not yet accepted outlives the tab: only numbers and types, never the text.
const draftKey = (number) => `draft ${about.draft} ${number}`;

function keepDraft() {
  stored((store) => (sentence.changed ? store.setItem(draftKey(sentence.number), JSON.stringify(sentence.entities)) : store.removeItem(draftKey(sentence.number))));
}

function dropDraft(number) {
  stored((store) => store.removeItem(draftKey(number)));
}

function readDraft({ number, words: all }) {
  const draft = stored((store) => JSON.parse(store.getItem(draftKey(number)) ?? "null"));
  return Array.isArray(draft) && draft.every(([start, end]) => 0 <= start && start < end && end <= all.length) ? draft : null;
}

function keepSettings() {
  for (const [id, name] of [["single", "checked"], ["order", "value"]]) {
    const kept = stored((store) => JSON.parse(store.getItem(`annotate ${id}`) ?? "null"));
    if (kept !== null && kept !== undefined) $(id)[name] = kept;
    $(id).addEventListener("change", () => stored((store) => store.setItem(`annotate ${id}`, JSON.stringify($(id)[name]))));
  }
  const show = () => document.body.classList.toggle("no-single", !singleKeys());
  $("single").addEventListener("change", show);
  show();
}

function stored(use) {
  try {
    return use(localStorage);
  } catch {
    return null; // nothing may be stored here, or it is full
  }
}

start();
