document.documentElement.classList.add("scripted");

startTheme();

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  sortOnClick(table, (column, ascending) => {
    const numeric = table.tHead.rows[0].cells[column].classList.contains("number");
    const valueOf = ({ cells }) => {
      const value = cells[column].dataset.sort ?? cells[column].textContent.trim();
      return numeric && value !== "" ? Number(value.replaceAll(",", "")) : value;
    };
    body.append(...sortRows([...body.rows], valueOf, ascending));
  });
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
