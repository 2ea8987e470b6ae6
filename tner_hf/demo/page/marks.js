// Entities in place, and what is said about the one that is pointed at or has the focus.

import { $, h, percent, width } from "./dom.js";

const LINES = 16; // hues; a colour's number is hue + 16 * line

export function colourClass(number) {
  return number === undefined || number === null ? "plain" : `hue-${number % LINES} line-${Math.floor(number / LINES)}`;
}

export function chip(type, number) {
  return h("span", { class: `chip ${colourClass(number)}` }, h("bdi", {}, type));
}

const views = new WeakMap(); // a view to its places of marks
const LONG_LINE = 2_000; // characters
const ENDS = /(?<=\n|[.!?…]["”’)]*[ \t]|[。！？])/; // of lines and of sentences

// A text with its marks. A mark has start, end, type, colour, sign, relation and lines of a tip.
// Each line of the text is a box of its own: those out of sight need not be laid out. A line as
// long as a chapter is broken where sentences end, so that no change lays out all of it anew.
export function drawText(text, marks, { label = "" } = {}) {
  const view = h("div", { class: "view", dir: "auto", role: "group", "aria-label": label || null });
  const places = [];
  let line = null;
  let length = 0;
  const add = (part, characters) => {
    if (!line) view.append((line = h("div", { class: "line" })));
    line.append(part);
    length += characters;
  };
  const addWords = (words) => {
    for (const part of words.split(ENDS)) {
      if (!part) continue;
      add(part, part.length);
      const ends = part.endsWith("\n") || (length >= LONG_LINE && part.search(ENDS) >= 0);
      if (!ends) continue;
      line = null;
      length = 0;
    }
  };
  let at = 0;
  for (const mark of [...marks].sort((a, b) => a.start - b.start)) {
    if (mark.start < at) continue;
    const words = text.slice(mark.start, mark.end);
    const place = { mark, words, element: drawMark(words, mark), plain: document.createTextNode(words), shown: true };
    places.push(place);
    addWords(text.slice(at, mark.start));
    add(place.element, words.length);
    at = mark.end;
  }
  addWords(text.slice(at));
  views.set(view, places);
  listen(view, new Map(places.map((place) => [place.element, place])));
  keepOneStop(view, places);
  return view;
}

// Shows some marks of a view and hides the others, touching only those that change: `look` gives
// what is new of a mark, or null for one that is to be plain text.
export function showMarks(view, look) {
  const places = views.get(view);
  for (const place of places) {
    const now = look(place.mark);
    if (now && (now.relation !== place.mark.relation || now.sign !== place.mark.sign)) dress(place.element, { ...place.mark, ...now });
    if (now) Object.assign(place.mark, now);
    if (Boolean(now) === place.shown) continue;
    if (now) place.plain.replaceWith(place.element);
    else place.element.replaceWith(place.plain);
    place.shown = Boolean(now);
  }
  keepOneStop(view, places);
}

// One mark is a stop for Tab; without any, the view is, which may scroll.
function keepOneStop(view, places) {
  const shown = places.filter((place) => place.shown);
  const stop = shown.find((place) => place.element.tabIndex === 0) ?? shown[0];
  for (const { element } of places) if (element.tabIndex === 0 && element !== stop?.element) element.tabIndex = -1;
  if (stop) {
    stop.element.tabIndex = 0;
    view.removeAttribute("tabindex");
  } else view.tabIndex = 0;
}

// What is said about the marks that are shown, in the order of the text.
export const marksOf = (view) => views.get(view).filter((place) => place.shown).map((place) => place.mark);

const classOf = (mark) => `entity ${colourClass(mark.colour)}${mark.relation ? ` is-${mark.relation}` : ""}`;

function drawMark(words, mark) {
  const element = h("mark", { tabindex: "-1", "data-start": String(mark.start) }, words, h("span", { class: "type", dir: "auto" }, mark.type));
  dress(element, mark);
  return element;
}

// The look of a mark that depends on what it is compared with.
function dress(element, { relation, sign, colour }) {
  element.className = classOf({ relation, colour });
  element.querySelector(".sign")?.remove();
  if (sign) element.prepend(h("span", { class: "sign", "aria-hidden": "true" }, sign));
}

// On the view, not on each mark: a long text has thousands.
function listen(view, known) {
  const mark = (event) => event.target.closest?.("mark");
  const show = (event) => {
    const place = known.get(mark(event));
    if (place) showTip(place.element, place.mark, place.words);
  };
  view.addEventListener("keydown", walk);
  view.addEventListener("focusin", show);
  view.addEventListener("focusout", hideTip);
  view.addEventListener("pointerover", show);
  view.addEventListener("pointerout", (event) => {
    const left = mark(event);
    if (left && left !== document.activeElement && !left.contains(event.relatedTarget)) hideTip();
  });
  view.addEventListener("click", (event) => mark(event)?.focus());
}

// One stop for Tab in each view; the arrows walk on from there.
function walk(event) {
  const marks = [...event.currentTarget.querySelectorAll("mark")];
  const at = marks.indexOf(document.activeElement);
  if (at < 0) return;
  if (event.key === "Escape") return hideTip();
  const backwards = getComputedStyle(event.currentTarget).direction === "rtl" ? "ArrowRight" : "ArrowLeft";
  const forwards = backwards === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
  const places = { [forwards]: at + 1, [backwards]: at - 1, Home: 0, End: marks.length - 1 };
  const next = marks[places[event.key]];
  if (!next) return;
  event.preventDefault();
  marks[at].setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}

// A group of buttons that is one stop for Tab; the arrows walk in it.
export function oneStop(group) {
  const all = [...group.querySelectorAll("button")];
  all.forEach((each, i) => (each.tabIndex = i ? -1 : 0));
  group.addEventListener("keydown", (event) => {
    const at = all.indexOf(document.activeElement);
    const places = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 };
    const next = all[places[event.key]];
    if (at < 0 || !next) return;
    event.preventDefault();
    all.forEach((each) => (each.tabIndex = each === next ? 0 : -1));
    next.focus();
  });
}

function showTip(element, mark, words) {
  const tip = $("tip");
  const bar = h("i");
  const parts = [h("b", {}, h("bdi", {}, mark.type)), " ", h("bdi", {}, words.length > 60 ? `${words.slice(0, 59)}…` : words)];
  if (typeof mark.score === "number") {
    bar.style.width = width(mark.score);
    parts.push(h("span", { class: "bar", "aria-hidden": "true" }, bar), `score ${percent(mark.score)}`);
  }
  for (const line of mark.tip ?? []) parts.push(h("small", {}, line));
  parts.push(h("small", {}, `characters ${mark.start}–${mark.end}`));
  tip.replaceChildren(...parts);
  tip.hidden = false;
  element.setAttribute("aria-describedby", "tip");
  place(tip, element);
}

function place(tip, element) {
  const box = element.getClientRects()[0];
  const own = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left), innerWidth - own.width - 8);
  const above = box.top - own.height - 8;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
}

export function hideTip() {
  $("tip").hidden = true;
}

addEventListener("scroll", hideTip, { passive: true, capture: true });
addEventListener("keydown", (event) => event.key === "Escape" && hideTip());
