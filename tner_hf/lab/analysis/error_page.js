// The sentences: filtered as a whole, drawn a page at a time. Corpus text only ever becomes a text
// node, never markup.
(() => {
  const PAGE = 25;
  const data = JSON.parse(document.getElementById("error-data").textContent);
  const form = document.getElementById("reader-form");
  const list = document.getElementById("sentence-list");
  const classNumber = new Map(data.classes.map(([name], i) => [name, i]));
  const CORRECT = classNumber.get("correct");
  const lowered = data.sentences.map((words) => words.join(" ").toLowerCase());
  // Gold and model on one sentence: [start, end, type, class, type of the closest other one, side].
  const entities = data.sentences.map((_, i) => [
    ...data.gold[i].map((e) => [...e, "gold"]), ...data.predicted[i].map((e) => [...e, "predicted"])]);
  const errors = entities.map((all) => all.filter((e) => e[3] !== CORRECT).length);
  let pair = null;   // a cell of the confusion matrix: { gold, predicted }, "O" for nothing
  let shown = [];
  let page = 0;

  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const count = (n) => n.toLocaleString("en");
  // Gliding past all tables would make the reader wait.
  const toSentences = () => document.getElementById("sentences").scrollIntoView({ behavior: "instant" });

  const readForm = () => ({
    classes: [...form.querySelectorAll("[name=class]:checked")].map((box) => classNumber.get(box.value)),
    type: data.types.indexOf(form.elements.type.value),
    side: form.elements.side.value,
    differ: form.elements.differ.checked,
    words: form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean),
    order: form.elements.order.value,
  });

  const fitsPair = (e) => {
    const [, , type, , other, side] = e;
    const name = (number) => (number < 0 ? "O" : data.types[number]);
    if (pair.gold === "O") return side === "predicted" && other < 0 && name(type) === pair.predicted;
    return side === "gold" && name(type) === pair.gold && name(other) === pair.predicted;
  };
  const fits = (e, asked) =>
    (!asked.classes.length || asked.classes.includes(e[3])) &&
    (asked.type < 0 || e[2] === asked.type) && (!asked.side || e[5] === asked.side) &&
    (!pair || fitsPair(e));
  const asksEntities = (asked) => asked.classes.length || asked.type >= 0 || asked.side || pair;

  const search = () => {
    const asked = readForm();
    const byEntity = asksEntities(asked);
    shown = [];
    for (let i = 0; i < data.sentences.length; i += 1) {
      if (asked.differ && !(i in data.differ)) continue;
      if (!asked.words.every((word) => lowered[i].includes(word))) continue;
      if (byEntity && !entities[i].some((e) => fits(e, asked))) continue;
      shown.push(i);
    }
    if (asked.order === "most") shown.sort((a, b) => errors[b] - errors[a] || a - b);
    page = 0;
    draw(asked);
    remember();
  };

  // Neighbouring words that entities of either side tie together.
  const clusters = (i) => {
    const spans = entities[i].map((e) => [e[0], e[1]]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const merged = [];
    for (const [start, end] of spans) {
      const last = merged[merged.length - 1];
      if (last && start < last[1]) last[1] = Math.max(last[1], end);
      else merged.push([start, end]);
    }
    return merged;
  };

  const describe = (e, i) => {
    const words = data.sentences[i].slice(e[0], e[1]).join(" ");
    const [, label] = data.classes[e[3]];
    const other = e[4] < 0 ? "" : `; ${e[5] === "gold" ? "model" : "gold"} here: ${data.types[e[4]]}`;
    return `${e[5] === "gold" ? "gold" : "model"}: ${words} = ${data.types[e[2]]}, ${label}${other}`;
  };

  const drawMark = (e, i, base, asked) => {
    const [name, , sign] = data.classes[e[3]];
    const aside = asksEntities(asked) && !fits(e, asked) ? " aside" : "";
    // A correct entity is named once, above.
    const text = e[3] === CORRECT && e[5] === "predicted" ? "" : `${sign} ${data.types[e[2]]}`;
    const mark = make("span", `mark ${e[5]} ${name}${aside}`, text);
    mark.style.gridColumn = `${e[0] - base + 1} / ${e[1] - base + 1}`;
    mark.title = describe(e, i);
    mark.setAttribute("aria-hidden", "true");
    return mark;
  };

  const drawSentence = (i, asked) => {
    const article = make("article");
    article.tabIndex = -1;
    article.setAttribute("aria-label", `Sentence ${i + 1}`);
    const at = make("div", "at", count(i + 1));
    if (asked.differ) {
      ["default", "strict", "partial"].forEach((name, n) =>
        at.append(make("small", "", `${name} ${data.differ[i][n].toFixed(1)}`)));
    }
    const words = make("div", "words");
    const drawWord = (index) => {
      const word = make("span", "", data.sentences[i][index]);
      const text = data.sentences[i][index].toLowerCase();
      if (asked.words.some((w) => text.includes(w))) word.classList.add("found");
      return word;
    };
    let next = 0;
    for (const [start, end] of clusters(i)) {
      while (next < start) words.append(drawWord(next++));
      const cluster = make("div", "cluster");
      for (const e of entities[i]) if (e[0] >= start && e[1] <= end) cluster.append(drawMark(e, i, start, asked));
      for (; next < end; next += 1) {
        const word = drawWord(next);
        word.style.gridColumn = String(next - start + 1);
        cluster.append(word);
      }
      words.append(cluster);
    }
    while (next < data.sentences[i].length) words.append(drawWord(next++));
    const spoken = entities[i].map((e) => describe(e, i)).join(". ");
    if (spoken) words.append(make("span", "unseen-label", spoken));
    article.append(at, words);
    return article;
  };

  const draw = (asked = readForm()) => {
    const from = page * PAGE;
    list.replaceChildren(...shown.slice(from, from + PAGE).map((i) => drawSentence(i, asked)));
    // An entity may be longer than a line: the keyboard can scroll to its end.
    for (const words of list.querySelectorAll(".words")) {
      if (words.scrollWidth > words.clientWidth) words.tabIndex = 0;
    }
    if (!shown.length) list.append(make("p", "", "No sentence fits."));
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    const place = pair ? `, gold ${pair.gold === "O" ? "nothing" : pair.gold} read as ` +
      `${pair.predicted === "O" ? "nothing" : pair.predicted}` : "";
    for (const bar of [document.getElementById("pager-top"), document.getElementById("pager-bottom")]) {
      const back = make("button", "", "‹ Previous");
      const on = make("button", "", "Next ›");
      back.type = on.type = "button";
      back.disabled = page === 0;
      on.disabled = page >= pages - 1;
      back.addEventListener("click", () => turn(-1));
      on.addEventListener("click", () => turn(1));
      const status = make("output", "", `${count(shown.length)} of ${count(data.sentences.length)} ` +
        `sentences${place}; page ${count(page + 1)} of ${count(pages)}`);
      status.setAttribute("aria-live", bar.id === "pager-top" ? "polite" : "off");
      bar.replaceChildren(back, on, status);
    }
  };

  const turn = (step) => {
    const last = Math.max(0, Math.ceil(shown.length / PAGE) - 1);
    const target = Math.min(last, Math.max(0, page + step));
    if (target === page) return;
    page = target;
    draw();
    toSentences();
  };

  // The address remembers what is shown, so that it can be bookmarked.
  const remember = () => {
    const asked = new URLSearchParams();
    for (const [key, value] of new FormData(form)) if (value) asked.append(key, value);
    if (pair) { asked.set("gold", pair.gold); asked.set("predicted", pair.predicted); }
    const text = asked.toString();
    if (text || location.hash.includes("=")) history.replaceState(null, "", `#${text || "sentences"}`);
  };
  const recall = () => {
    if (!location.hash.includes("=")) return;
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const box of form.querySelectorAll("[name=class]")) box.checked = asked.getAll("class").includes(box.value);
    for (const key of ["words", "type", "side", "order"]) form.elements[key].value = asked.get(key) || "";
    form.elements.differ.checked = asked.has("differ");
    pair = asked.has("gold") ? { gold: asked.get("gold"), predicted: asked.get("predicted") } : null;
    toSentences();
  };

  // A number in a table: the sentences behind it.
  for (const button of document.querySelectorAll("button.show")) {
    button.addEventListener("click", () => {
      form.reset();
      const { error, type, side, gold, predicted, differ } = button.dataset;
      pair = gold ? { gold, predicted } : null;
      for (const box of form.querySelectorAll("[name=class]")) box.checked = box.value === error;
      form.elements.type.value = type || "";
      form.elements.side.value = side || "";
      form.elements.differ.checked = Boolean(differ);
      search();
      toSentences();
    });
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { pair = null; search(); });
  form.addEventListener("reset", () => { pair = null; setTimeout(search); });
  window.addEventListener("hashchange", () => { if (location.hash.includes("=")) { recall(); search(); } });

  const step = (by) => {
    const articles = [...list.querySelectorAll("article")];
    const now = articles.indexOf(document.activeElement);
    const next = articles[now < 0 ? 0 : Math.min(articles.length - 1, Math.max(0, now + by))];
    if (next) next.focus();
  };
  // Somebody who speaks to the computer, or whose hand slips, switches the letters off; that lasts
  // where the browser keeps anything for a file.
  const letters = document.getElementById("shortcuts");
  const KEPT = "tner-hf-shortcuts";
  try { letters.checked = localStorage.getItem(KEPT) !== "off"; } catch { /* until it is closed */ }
  letters.addEventListener("change", () => {
    try { localStorage.setItem(KEPT, letters.checked ? "on" : "off"); } catch { /* as above */ }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input[type=search], select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (!letters.checked) return;
    const act = { "/": () => form.elements.words.focus(), j: () => step(1), k: () => step(-1),
      n: () => turn(1), p: () => turn(-1) }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  const sentencesWith = new Array(data.classes.length).fill(0);
  for (const all of entities) for (const c of new Set(all.map((e) => e[3]))) sentencesWith[c] += 1;
  for (const box of form.querySelectorAll("[name=class]")) {
    box.nextElementSibling.append(make("small", "", count(sentencesWith[classNumber.get(box.value)])));
  }
  recall();
  search();
})();
