// Files made in the browser from what is on the page; the server keeps none.

import { h } from "./dom.js";

export function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function writeCsv(rows) {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

// A spreadsheet runs what begins like a formula, so such text gets an apostrophe before it.
function cell(value) {
  if (typeof value === "number") return String(value);
  let text = String(value ?? "");
  if (/^'*[=+\-@\t\r\n]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function writeJsonLines(rows) {
  return rows.map((row) => JSON.stringify(row)).join("\n") + "\n";
}

// Sentences of words with IOB2 tags. Entities of a text tell their characters, those of given words
// their words; `spans` has the characters of a text's words.
export function writeConll(rows) {
  return rows
    .map(({ tokens, spans, entities }) => {
      const tags = tokens.map(() => "O");
      const places = new Map(spans?.map(([start], i) => [start, i]));
      for (const { start, end, start_word: first = places.get(start), end_word: last, entity_group: type } of entities) {
        const isIn = (i) => (spans ? spans[i]?.[1] <= end : i < last);
        for (let i = first; isIn(i); i += 1) tags[i] = `${i === first ? "B" : "I"}-${type}`;
      }
      return tokens.map((token, i) => `${token}\t${tags[i]}\n`).join("");
    })
    .join("\n");
}
