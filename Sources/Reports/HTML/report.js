"use strict";
const showItems = () => {
  const table = document.getElementById("item-table");
  const body = table.tBodies[0];
  const [controls, pager, search, site, status, reset, count, page, previous, next] =
    ["controls", "pager", "search", "site", "status", "reset", "count", "page", "previous", "next"]
      .map((name) => document.getElementById("item-" + name));
  const pageSize = 100;
  const all = Array.from(body.rows, (row) => ({
    row,
    site: row.dataset.site,
    status: row.dataset.status,
    text: row.textContent.toLowerCase(),
    keys: Array.from(row.cells, (cell) => (cell.querySelector("bdi") ?? cell).textContent),
  }));
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  let sorted = all;
  let shown = all;
  let first = 0;

  // Only a page of rows is in the document: ten thousand would make every change slow.
  const put = (items) => {
    const fragment = document.createDocumentFragment();
    for (const item of items) fragment.append(item.row);
    body.replaceChildren(fragment);
  };
  const draw = () => {
    put(shown.slice(first, first + pageSize));
    const last = Math.min(first + pageSize, shown.length);
    const total = all.length.toLocaleString("en");
    count.textContent = shown.length === 0
      ? `None of ${total} rows matches`
      : `${(first + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${shown.length.toLocaleString("en")} rows` +
        (shown.length === all.length ? "" : `, of ${total} in all`);
    page.textContent = `Page ${Math.floor(first / pageSize) + 1} of ${Math.max(1, Math.ceil(shown.length / pageSize))}`;
    previous.disabled = first === 0;
    next.disabled = last >= shown.length;
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = sorted.filter((item) =>
      (site.value === "" || item.site === site.value) && (status.value === "" || item.status === status.value) &&
      words.every((word) => item.text.includes(word)));
    first = 0;
    draw();
  };
  const sortBy = (column, header) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const sign = descending ? -1 : 1;
    // Rows without a value stay at the end in both directions.
    sorted = all.slice().sort((left, right) => {
      const [a, b] = [left.keys[column], right.keys[column]];
      if (a === "" || b === "") return (a === "") - (b === "");
      return sign * collator.compare(a, b);
    });
    filter();
  };
  const turn = (pages) => {
    first += pages * pageSize;
    draw();
  };

  Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", () => sortBy(column, header));
    header.replaceChildren(button);
  });
  let pending = 0;
  search.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(filter, 120);
  });
  for (const select of [site, status]) select.addEventListener("change", filter);
  reset.addEventListener("click", () => {
    search.value = site.value = status.value = "";
    filter();
  });
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  addEventListener("beforeprint", () => put(shown));
  addEventListener("afterprint", draw);
  controls.hidden = pager.hidden = false;
  filter();
};

document.documentElement.classList.add("waits");
addEventListener("DOMContentLoaded", () => {
  try {
    showItems();
  } finally {
    document.documentElement.classList.remove("waits");
  }
});
