// The sentences: filtered as a whole, drawn a page at a time. Corpus text only ever becomes a text
// node, never markup.
(() => {
  const PAGE = 25;
  const data = JSON.parse(document.getElementById("error-data").textContent);
  const form = document.getElementById("reader-form");
  const list = document.getElementById("sentence-list");
  const classNumber = new Map(data.classes.map(([name], i) => [name, i]));
  const CORRECT = classNumber.get("correct");
  list.style.setProperty("--models", data.models.length);
  const lowered = data.sentences.map((words) => words.join(" ").toLowerCase());
  const several = data.models.length > 1;
  list.classList.toggle("several", several);
  const letter = (model) => "ABCD"[model];
  // What is marked in one sentence. A gold entity has a class and the closest other type for each
  // model, a predicted one for its own; `right` says of each model whether it is right there.
  const entities = data.sentences.map((_, i) => {
    const gold = data.gold[i].map(([start, end, type], n) => {
      const told = data.models.map((model) => model.gold[i][n]);
      return { start, end, type, side: "gold", told, right: told.map(([error]) => error === CORRECT) };
    });
    const predicted = data.models.flatMap((model, m) => model.predicted[i].map(([start, end, type, error, other]) =>
      ({ start, end, type, side: "predicted", model: m, told: data.models.map((_each, k) => (k === m ? [error, other] : null)) })));
    for (const e of predicted) {
      // Where nothing is gold, whoever says nothing is right; elsewhere the gold entity tells.
      e.right = e.told[e.model][1] >= 0 ? null : data.models.map((_each, k) =>
        !predicted.some((each) => each.model === k && each.start < e.end && e.start < each.end));
    }
    return [...gold, ...predicted];
  });
  const isError = (e) => e.told.some((told) => told && told[0] !== CORRECT);
  const errors = entities.map((all) => all.filter(isError).length);
  let pair = null;   // a cell of the confusion matrix: { gold, predicted }, "O" for nothing
  let model = -1;    // the one that a number was about, of several
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
    differ: Boolean(form.elements.differ?.checked),
    words: form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean),
    order: form.elements.order.value,
    right: data.models.map((_, m) => form.elements[`model${m}`]?.value || ""),
    model,
  });

  const fitsPair = (e) => {
    const name = (number) => (number < 0 ? "O" : data.types[number]);
    const other = name(e.told[0][1]);
    if (pair.gold === "O") return e.side === "predicted" && other === "O" && name(e.type) === pair.predicted;
    return e.side === "gold" && name(e.type) === pair.gold && other === pair.predicted;
  };
  const fitsClass = (e, asked) => e.told.some((told, m) =>
    told && (asked.model < 0 || asked.model === m) && asked.classes.includes(told[0]));
  const fitsVerdicts = (e, asked) => asked.right.every((wanted, m) =>
    !wanted || (e.right && e.right[m] === (wanted === "1")));
  const fits = (e, asked) =>
    (!asked.classes.length || fitsClass(e, asked)) && fitsVerdicts(e, asked) &&
    (asked.type < 0 || e.type === asked.type) && (!asked.side || e.side === asked.side) &&
    (!pair || fitsPair(e));
  const asksEntities = (asked) =>
    asked.classes.length || asked.type >= 0 || asked.side || pair || asked.right.some(Boolean);

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
    const spans = entities[i].map((e) => [e.start, e.end]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const merged = [];
    for (const [start, end] of spans) {
      const last = merged[merged.length - 1];
      if (last && start < last[1]) last[1] = Math.max(last[1], end);
      else merged.push([start, end]);
    }
    return merged;
  };

  const describe = (e, i) => {
    const words = data.sentences[i].slice(e.start, e.end).join(" ");
    const who = (m) => (several ? `model ${letter(m)}` : "model");
    const whose = e.side === "gold" ? "gold" : who(e.model);
    const parts = e.told.map((told, m) => {
      if (!told) return "";
      const other = told[1] < 0 ? "" : `, ${e.side === "gold" ? who(m) : "gold"} here: ${data.types[told[1]]}`;
      return `${several && e.side === "gold" ? `${who(m)} ` : ""}${data.classes[told[0]][1]}${other}`;
    });
    return `${whose}: ${words} = ${data.types[e.type]}; ${parts.filter(Boolean).join("; ")}`;
  };

  // Rows of a cluster: gold, the words, and one for each model.
  const drawMark = (e, i, base, asked, { row, error, text }) => {
    const aside = asksEntities(asked) && !fits(e, asked) ? " aside" : "";
    const mark = make("span", `mark ${row === 1 ? "gold" : "predicted"} ${error}${aside}`, text);
    mark.style.gridColumn = `${e.start - base + 1} / ${e.end - base + 1}`;
    mark.style.gridRow = String(row);
    mark.title = describe(e, i);
    mark.setAttribute("aria-hidden", "true");
    return mark;
  };
  const drawMarks = (e, i, base, asked) => {
    const draw = (row, error, text) => drawMark(e, i, base, asked, { row, error, text });
    const type = data.types[e.type];
    const signed = (told, m) => `${several ? `${letter(m)} ` : ""}${data.classes[told[0]][2]}`;
    const name = (told) => data.classes[told[0]][0];
    if (e.side === "predicted") {
      const told = e.told[e.model];
      // A correct entity is named once, above.
      const text = told[0] !== CORRECT ? `${signed(told, e.model)} ${type}` : several ? signed(told, e.model) : "";
      return [draw(3 + e.model, name(told), text)];
    }
    if (!several) return [draw(1, name(e.told[0]), `${signed(e.told[0], 0)} ${type}`)];
    const silent = e.told.flatMap((told, m) =>
      (name(told) === "missed" ? [draw(3 + m, "missed", signed(told, m))] : []));
    return [draw(1, "plain", type), ...silent];
  };

  // The sentence elsewhere: in a demo, where there is one, or wherever it is pasted.
  const demo = document.getElementById("demo");
  const DEMO = "tner-hf-demo";
  const drawActions = (i) => {
    const actions = make("span", "actions");
    const text = data.sentences[i].join(" ");
    const copy = make("button", "", "Copy");
    copy.type = "button";
    copy.setAttribute("aria-label", `Copy sentence ${i + 1}`);
    copy.addEventListener("click", async () => {
      let copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
      if (!copied) { // refused to pages opened from a file in some browsers
        const field = make("textarea", "", text);
        document.body.append(field);
        field.select();
        copied = document.execCommand("copy");
        field.remove();
        copy.focus();
      }
      copy.textContent = copied ? "Copied" : "Refused";
      setTimeout(() => { copy.textContent = "Copy"; }, 2000);
    });
    actions.append(copy);
    if (demo.value && demo.validity.valid && /^https?:/i.test(demo.value)) {
      const link = make("a", "", "Demo");
      const address = new URL(demo.value);
      address.hash = new URLSearchParams({ text }).toString();
      link.href = address.href;
      link.target = "_blank";
      link.rel = "noreferrer";
      link.setAttribute("aria-label", `Sentence ${i + 1} in the demo`);
      actions.append(link);
    }
    return actions;
  };
  try { demo.value = localStorage.getItem(DEMO) || ""; } catch { /* it is given again */ }
  demo.addEventListener("change", () => {
    try { localStorage.setItem(DEMO, demo.value); } catch { /* as above */ }
    draw();
  });

  // What is shown, all pages of it, with its gold tags: to train on, or to annotate anew.
  const saveShown = () => {
    const lines = shown.map((i) => {
      const tags = data.sentences[i].map(() => "O");
      for (const [start, end, type] of data.gold[i]) {
        for (let n = start; n < end; n += 1) tags[n] = `${n === start ? "B" : "I"}-${data.types[type]}`;
      }
      return data.sentences[i].map((word, n) => `${word}\t${tags[n]}\n`).join("");
    });
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/plain;charset=utf-8" }));
    link.download = "sentences.iob2";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  const drawSentence = (i, asked) => {
    const article = make("article");
    article.tabIndex = -1;
    article.setAttribute("aria-label", `Sentence ${i + 1}`);
    article.dataset.sentence = String(i);
    const at = make("div", "at", count(i + 1));
    if (asked.differ) {
      ["default", "strict", "partial"].forEach((name, n) =>
        at.append(make("small", "", `${name} ${data.differ[i][n].toFixed(1)}`)));
    }
    at.append(drawActions(i));
    const words = make("div", "words");
    words.dir = "auto";
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
      for (const e of entities[i]) if (e.start >= start && e.end <= end) cluster.append(...drawMarks(e, i, start, asked));
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
      `${pair.predicted === "O" ? "nothing" : pair.predicted}` : model >= 0 ? `, of model ${letter(model)}` : "";
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
      if (bar.id === "pager-top") {
        const save = make("button", "", "Save as IOB");
        save.type = "button";
        save.title = "The sentences that fit, with their gold tags";
        save.disabled = !shown.length;
        save.addEventListener("click", saveShown);
        bar.append(save);
      }
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
    if (model >= 0) asked.set("of", letter(model));
    const text = asked.toString();
    if (text || location.hash.includes("=")) history.replaceState(null, "", `#${text || "sentences"}`);
  };
  const recall = () => {
    if (!location.hash.includes("=")) return;
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const box of form.querySelectorAll("[name=class]")) box.checked = asked.getAll("class").includes(box.value);
    const keys = ["words", "type", "side", "order", ...data.models.map((_, m) => `model${m}`)];
    for (const key of keys) if (form.elements[key]) form.elements[key].value = asked.get(key) || "";
    if (form.elements.differ) form.elements.differ.checked = asked.has("differ");
    model = "ABCD".indexOf(asked.get("of") || "-");
    pair = asked.has("gold") ? { gold: asked.get("gold"), predicted: asked.get("predicted") } : null;
    toSentences();
  };

  // A number in a table: the sentences behind it.
  for (const button of document.querySelectorAll("button.show")) {
    button.addEventListener("click", () => {
      form.reset();
      const { error, type, side, gold, predicted, differ, right, model: of } = button.dataset;
      pair = gold ? { gold, predicted } : null;
      model = of ? "ABCD".indexOf(of) : -1;
      [...(right ?? "")].forEach((wanted, m) => { form.elements[`model${m}`].value = wanted; });
      for (const box of form.querySelectorAll("[name=class]")) box.checked = box.value === error;
      form.elements.type.value = type || "";
      form.elements.side.value = side || "";
      if (form.elements.differ) form.elements.differ.checked = Boolean(differ);
      search();
      toSentences();
    });
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  const forget = () => { pair = null; model = -1; };
  form.addEventListener("input", () => { forget(); search(); });
  form.addEventListener("reset", () => { forget(); setTimeout(search); });
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
    if (event.target.matches("input[type=search], input[type=url], select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (!letters.checked) return;
    const act = { "/": () => form.elements.words.focus(), j: () => step(1), k: () => step(-1),
      n: () => turn(1), p: () => turn(-1) }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  const sentencesWith = new Array(data.classes.length).fill(0);
  for (const all of entities) {
    for (const c of new Set(all.flatMap((e) => e.told.map((told) => told?.[0])))) if (c !== undefined) sentencesWith[c] += 1;
  }
  for (const box of form.querySelectorAll("[name=class]")) {
    box.nextElementSibling.append(make("small", "", count(sentencesWith[classNumber.get(box.value)])));
  }
  recall();
  search();
})();
