// The read view as a page of its own, for papers and mails: one file, no script, no request.

import { percent } from "./dom.js";
import { marksOf } from "./marks.js";

const HEAD = `<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
`;
const OWN_STYLE = "body { margin: 1.5rem; background: var(--paper); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; } h1 { font-size: 1.25rem; } figure { margin: 0 0 2rem; } figcaption { color: var(--soft); font-size: .875rem; margin-top: .75rem; } mark.entity { cursor: auto; print-color-adjust: exact; }";

// Parts: { model, view }.
export function writeHtml(parts) {
  const page = document.implementation.createHTMLDocument(`Named entities by ${parts.map(({ model }) => model).join(", ")}`);
  const make = (tag, ...children) => {
    const element = page.createElement(tag);
    element.append(...children);
    return element;
  };
  const figures = parts.map(({ model, view }) => {
    const name = make("bdi", model);
    return make("figure", copyView(view, page), make("figcaption", "Entities as found by ", name));
  });
  page.documentElement.lang = "en";
  page.body.append(make("main", make("h1", "Named entities"), ...figures));
  // As text: an element of style, even in a page that nobody sees, is refused by our own policy.
  const style = `${listRules(page.body).join("\n")}\n${OWN_STYLE}`;
  const written = page.documentElement.outerHTML.replace("<head>", () => `<head>${HEAD}<style>${style}</style>`);
  return `<!doctype html>\n${written}\n`;
}

function copyView(view, page) {
  const copy = page.importNode(view, true);
  const marks = marksOf(view);
  for (const each of [copy, ...copy.querySelectorAll("*")]) {
    for (const name of ["tabindex", "aria-describedby", "aria-label", "role", "data-start"]) each.removeAttribute(name);
  }
  copy.querySelectorAll("mark").forEach((mark, i) => {
    mark.title = [marks[i].type, `score ${percent(marks[i].score)}`, ...marks[i].tip ?? []].join("; ");
  });
  return copy;
}

// The rules of this page's style that the copy needs: its colours and its marks.
function listRules(body) {
  const used = new Set([...body.querySelectorAll("[class]")].flatMap((each) => [...each.classList]));
  const needed = (rule) => {
    if (rule.selectorText === undefined) return Boolean(rule.cssRules) && [...rule.cssRules].some(needed);
    return rule.selectorText.split(/,(?![^(]*\))/).some((selector) => {
      const classes = [...selector.matchAll(/\.([\w-]+)/g)].map(([, name]) => name);
      return /^:root[^ ]*$/.test(selector) || (classes.length > 0 && classes.every((name) => used.has(name)));
    });
  };
  const write = (rule) => {
    if (rule.selectorText !== undefined) return rule.cssText;
    return `${rule.cssText.slice(0, rule.cssText.indexOf("{"))}{ ${[...rule.cssRules].filter(needed).map(write).join(" ")} }`;
  };
  return [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].filter(needed).map(write));
}
