// What each key does. Keys of a single character can be switched off; the others go with a modifier
// or are no characters.

import { $, h, fill } from "./dom.js";

const HELP = [
  ["← →", "the word, or entity, before and after"],
  ["↑ ↓", "the entity before and after"],
  ["Shift ← →", "the end, one word earlier or later"],
  ["Alt Shift ← →", "the start, one word earlier or later"],
  ["1 … 9, 0", "make it an entity of this type"],
  ["T", "to the types"],
  ["Delete", "no entity"],
  ["A", "every occurrence, here and in open sentences"],
  ["Ctrl Z, Ctrl Y", "undo, redo"],
  ["Enter", "accept, and the next one"],
  ["N, P", "skip; back to the one before"],
  ["Home, End", "the first and the last word"],
];

export function showKeys() {
  fill($("keys"), HELP.map(([keys, what]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, what)]));
}

export const singleKeys = () => $("single").checked;

// The name of an action and what it takes, or null. `inWords`: a word has the focus.
export function readKey(event, { inWords, backwards }) {
  const { key } = event;
  if (event.ctrlKey || event.metaKey) {
    const low = key.toLowerCase();
    if (low === "z") return [event.shiftKey ? "redo" : "undo"];
    return low === "y" ? ["redo"] : null;
  }
  if (inWords) {
    const forwards = backwards === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const step = { [forwards]: 1, [backwards]: -1 }[key];
    if (step) return event.shiftKey ? ["bound", event.altKey ? "start" : "end", step] : ["walk", step];
    const others = { ArrowDown: ["jump", 1], ArrowUp: ["jump", -1], Home: ["first"], End: ["last"], Enter: ["accept"] };
    if (others[key]) return others[key];
  }
  if (key === "Delete" || key === "Backspace") return ["delete"];
  if (event.altKey || !singleKeys()) return null;
  if (/^[0-9]$/.test(key)) return ["type", key === "0" ? 9 : Number(key) - 1];
  return { a: ["everywhere"], n: ["skip"], p: ["back"], t: ["types"] }[key.toLowerCase()] ?? null;
}
