// What is going on, where a reader looks for it and a screen reader says it.

import { h, fill } from "./dom.js";
import { call, CallError } from "./queue.js";

const running = new WeakMap();

// Calls the API and shows the wait in `place`; null if it failed or a newer call took its turn.
export async function run(place, name, data) {
  running.get(place)?.abort();
  const control = new AbortController();
  running.set(place, control);
  const words = h("span", { role: "status" }, "Asking …");
  const stop = h("button", { type: "button", class: "quiet", onclick: () => {
    control.abort();
    clearTimeout(timer);
    fill(place);
  } }, "Cancel");
  const bar = h("progress", { max: 1, "aria-label": "Progress" });
  // A quick answer should not flicker.
  const timer = setTimeout(() => fill(place, h("div", { class: "row" }, words, stop), bar), place.childElementCount ? 0 : 150);
  const report = ({ ahead, started, share, words: said }) => {
    if (ahead !== undefined) words.textContent = describeWait(ahead);
    if (started) words.textContent = "Reading …";
    if (typeof share === "number") {
      bar.value = share;
      words.textContent = `Reading … ${said}`;
    }
  };
  try {
    const answer = await call(name, data, { report, signal: control.signal });
    clearTimeout(timer);
    fill(place);
    return answer;
  } catch (error) {
    clearTimeout(timer);
    if (error.name === "AbortError") return null;
    if (!(error instanceof CallError)) throw error;
    alert(place, error.message);
    return null;
  }
}

function describeWait(ahead) {
  if (ahead === 0) return "Yours is the next one …";
  return ahead === 1 ? "One request is before yours …" : `${ahead} requests are before yours …`;
}

export function alert(place, message) {
  fill(place, h("p", { class: "alert", role: "alert" }, capital(message)));
  place.scrollIntoView({ block: "nearest" });
}

// The name of a file is spelt as it is.
const capital = (text) => (/^\S*\.\S/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1));
