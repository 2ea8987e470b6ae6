// Tables that sort by a click on a heading.

// Rows in order; those without a value stay last either way, equal ones in the order they had.
export function sortRows(rows, valueOf, ascending) {
  const compare = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true });
    return ascending ? order : -order;
  };
  const keyed = rows.map((row) => ({ row, value: valueOf(row) }));
  return keyed.sort((a, b) => compare(a.value, b.value)).map(({ row }) => row);
}

// Calls `sort` with a column's place and whether to ascend; numbers come from the largest at first.
export function sortOnClick(table, sort) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => head.querySelector("button")?.addEventListener("click", () => {
    const now = head.getAttribute("aria-sort");
    const ascending = now === "none" ? !head.classList.contains("number") : now === "descending";
    for (const each of heads) each.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    sort(place, ascending);
  }));
}
