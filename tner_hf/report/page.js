"use strict";
document.documentElement.classList.add("scripted");

// Theme: the system's, until the reader asks for the other one.
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (systemIsDark.matches ? "dark" : "light")) === "dark";
  const label = () => { button.textContent = isDark() ? "Light theme" : "Dark theme"; };
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); });
  systemIsDark.addEventListener("change", label);
  button.hidden = false;
  label();
})();

// Sorting: cells without a value stay last in both directions; equal rows keep their order.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const valueOf = (row, index) => {
    const cell = row.cells[index];
    return cell.dataset.sort === undefined ? cell.textContent.trim() : cell.dataset.sort;
  };
  const sortBy = (index, ascending) => {
    const numeric = heads[index].classList.contains("number");
    const rows = [...body.rows].map((row, place) => ({ row, place, value: valueOf(row, index) }));
    const sign = ascending ? 1 : -1;
    rows.sort((a, b) => {
      if (a.value === "" || b.value === "") return (a.value === "") - (b.value === "") || a.place - b.place;
      const order = numeric ? a.value - b.value : a.value.localeCompare(b.value, undefined, { numeric: true });
      return sign * order || a.place - b.place;
    });
    body.append(...rows.map((entry) => entry.row));
    heads.forEach((head, i) => head.setAttribute(
      "aria-sort", i === index ? (ascending ? "ascending" : "descending") : "none"));
  };
  heads.forEach((head, index) => head.querySelector("button")?.addEventListener("click", () => {
    const now = head.getAttribute("aria-sort");
    sortBy(index, now === "none" ? !head.classList.contains("number") : now === "descending");
  }));
}

// Filtering: a row stays if it holds every word of the field.
for (const block of document.querySelectorAll(".filterable")) {
  const field = block.querySelector(".filter");
  const rows = [...block.querySelectorAll("tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const count = block.querySelector(".count");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i].includes(word));
      shown += !row.hidden;
    });
    const all = `${rows.length.toLocaleString("en")} ${rows.length === 1 ? "row" : "rows"}`;
    count.textContent = words.length ? `${shown.toLocaleString("en")} of ${all}` : all;
  });
}

// Choices: the panel that fits every answer is shown.
for (const block of document.querySelectorAll(".choices")) {
  const panels = [...block.querySelectorAll(":scope > .panel")];
  const update = () => {
    const answers = [...block.querySelectorAll("input[data-axis]:checked")];
    for (const panel of panels) {
      panel.hidden = !answers.every((input) => panel.dataset[input.dataset.axis] === input.value);
    }
  };
  block.addEventListener("change", update);
  update();
}

// Copying: text blocks marked with `data-copy`.
for (const block of document.querySelectorAll("pre[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", () => {
    const range = document.createRange();
    range.selectNodeContents(block);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    // navigator.clipboard is refused to pages opened from a file in some browsers.
    button.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl-C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.before(button);
}
