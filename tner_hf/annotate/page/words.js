// The words of a sentence, each one that can be reached, and pointing at them and drawing over them.

import { h } from "./dom.js";
import { colourClass } from "./marks.js";

// Characters that turn what follows them around, to the end of the sentence where nothing ends them.
const TURNING = /[\u202a-\u202e\u2066-\u2069]/;

export class Words {
  // `act` is told what the pointer does: choose(word), extend(anchor, word) and bounds(from, to).
  constructor(place, act) {
    this.place = place;
    this.act = act;
    this.elements = [];
    this.picked = [];
    place.addEventListener("pointerdown", (event) => this.press(event));
    place.addEventListener("focusin", (event) => {
      const word = this.wordOf(event.target);
      if (word !== null && !this.quiet) this.act.focus(word);
    });
  }

  draw(sentence, colours) {
    this.sentence = sentence;
    this.elements = sentence.words.map((word, at) =>
      h("span", { class: TURNING.test(word) ? "word turning" : "word", role: "option", tabindex: "-1", "data-at": String(at), "aria-selected": "false" }, word));
    this.picked = [];
    this.marks = new Map(); // "start end type" to its element
    const view = h("div", {
      class: "view words", dir: "auto", role: "listbox", "aria-multiselectable": "true", "aria-orientation": "horizontal",
      "aria-label": "The sentence, word by word",
    }, sentence.before, sentence.words.map((_, at) => [this.elements[at], sentence.gaps[at]]));
    this.update(colours);
    this.place.replaceChildren(view);
  }

  // Only what has changed is drawn: a sentence may have thousands of words.
  update(colours) {
    const wanted = new Map(this.sentence.entities.map((entity) => [entity.join(" "), entity]));
    for (const [key, mark] of this.marks) {
      if (wanted.has(key)) continue;
      mark.lastChild.remove();
      for (const word of mark.querySelectorAll(".word")) word.removeAttribute("aria-label");
      mark.replaceWith(...mark.childNodes);
      this.marks.delete(key);
    }
    for (const [key, entity] of wanted) {
      if (!this.marks.has(key)) this.marks.set(key, this.wrap(entity, colours.get(entity[2])));
    }
    this.choose();
  }

  wrap([start, end, type], colour) {
    const mark = h("mark", { class: `entity ${colourClass(colour)}`, role: "group", "aria-label": type });
    this.elements[start].before(mark);
    while (mark.lastChild !== this.elements[end - 1]) mark.append(mark.nextSibling);
    for (let at = start; at < end; at += 1) this.elements[at].setAttribute("aria-label", `${this.sentence.words[at]}, ${type}`);
    mark.append(h("span", { class: "type", dir: "auto", "aria-hidden": "true" }, type));
    return mark;
  }

  // Shows what is chosen; only words whose state changes are touched.
  choose() {
    const { from, to, focus, chosen } = this.sentence;
    for (const element of this.picked) {
      element.classList.remove("picked");
      element.setAttribute("aria-selected", "false");
      element.tabIndex = -1;
    }
    this.chosen?.classList.remove("chosen");
    this.picked = this.elements.slice(from, to);
    for (const element of this.picked) {
      element.classList.add("picked");
      element.setAttribute("aria-selected", "true");
    }
    this.chosen = chosen && this.marks.get(chosen.join(" "));
    this.chosen?.classList.add("chosen");
    if (this.elements[focus]) this.elements[focus].tabIndex = 0;
  }

  focus() {
    const element = this.elements[this.sentence.focus];
    if (!element) return;
    this.quiet = true; // it is told already what has the focus
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
    this.quiet = false;
  }

  get hasFocus() {
    return this.place.contains(document.activeElement);
  }

  wordOf(element) {
    const word = element?.closest?.(".word");
    if (word && this.place.contains(word)) return Number(word.dataset.at);
    const mark = element?.closest?.("mark.entity"); // on its type, say
    return mark ? Number(mark.querySelector(".word").dataset.at) : null;
  }

  // A press chooses; drawn on over other words it moves the bound of an entity, or chooses more.
  press(event) {
    if (event.button) return;
    const first = this.wordOf(event.target);
    if (first === null) return;
    const entity = this.sentence.entityAt(first);
    if (entity) this.sentence.choose(entity[0], entity[1] - 1);
    else this.sentence.choose(first);
    this.act.choose();
    event.preventDefault();
    this.focus();
    const fixed = entity ? this.fixedEnd(entity, first) : first;
    let last = null;
    const move = (later) => {
      const word = this.wordOf(document.elementFromPoint(later.clientX, later.clientY));
      if (word === null || word === (last ?? first)) return;
      last = word;
      if (entity) this.preview(Math.min(fixed, word), Math.max(fixed, word));
      else {
        this.sentence.choose(fixed, word);
        this.act.choose();
      }
    };
    const end = (done) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      if (last === null) return;
      if (entity) {
        this.sentence.choose(entity[0], entity[1] - 1);
        if (done.type === "pointerup") this.act.bounds(Math.min(fixed, last), Math.max(fixed, last) + 1);
        else this.act.choose();
      }
      this.focus();
    };
    if (event.target.hasPointerCapture?.(event.pointerId)) event.target.releasePointerCapture(event.pointerId);
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  // The end of an entity that stays while the nearer one is drawn.
  fixedEnd([start, end], word) {
    if (start === end - 1) return start;
    return word - start < end - 1 - word ? end - 1 : start;
  }

  preview(from, to) {
    for (const element of this.picked) element.classList.remove("picked");
    this.picked = this.elements.slice(from, to + 1);
    for (const element of this.picked) element.classList.add("picked");
  }
}
