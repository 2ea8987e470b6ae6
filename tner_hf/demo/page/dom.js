// Elements from calls. Text becomes text nodes and attributes attributes: no string is ever markup.

export const $ = (id) => document.getElementById(id);

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
}

// As `fill`, but what is there already stays where it is, and so does the focus in it.
export function patch(element, wanted) {
  const kept = new Set(wanted);
  for (const child of [...element.childNodes]) if (!kept.has(child)) child.remove();
  let at = element.firstChild;
  for (const child of wanted) {
    if (child === at) at = at.nextSibling;
    else element.insertBefore(child, at);
  }
}

export const percent = (fraction, digits = 1) => `${(100 * fraction).toFixed(digits)}\u00a0%`;
// For a style, which takes no space before its unit.
export const width = (fraction) => `${(100 * fraction).toFixed(1)}%`;
export const count = (number) => number.toLocaleString("en");
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

// Python counts characters in code points, JavaScript in UTF-16 units: an emoji is one or two.
export class Text {
  constructor(text) {
    this.text = text;
    this.units = null;
    if (/[\ud800-\udfff]/.test(text)) {
      this.units = [0];
      for (const character of text) this.units.push(this.units.at(-1) + character.length);
    }
  }
  slice(start, end) {
    if (!this.units) return this.text.slice(start, end);
    return this.text.slice(this.units[start], end === undefined ? undefined : this.units[end]);
  }
  get length() {
    return this.units ? this.units.length - 1 : this.text.length;
  }
}
