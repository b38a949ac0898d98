// A table that can be sorted and searched, shown a hundred rows at a time.

import { el, need } from "../dom";
import { texts } from "../texts";

export interface Column<T> {
  label: string;
  /** What rows are sorted by. */
  value: (row: T) => string | number | null;
  /** What a cell shows; the value itself where left out. */
  show?: (row: T) => Node | string;
  number?: boolean;
  /** Long text: it may take several lines. */
  wide?: boolean;
}
const ROWS_AT_ONCE = 100;

/** The first column heads its row. `more` brings rows that are not here yet. */
export function table<T>(caption: string, columns: Column<T>[], rows: T[], more: { total: number; next: () => Promise<T[]> } | null = null): HTMLElement {
  let sorted: [number, 1 | -1] | null = null, wanted = "", shown = ROWS_AT_ONCE, held = rows;
  const head = el("tr", {}), body = el("tbody", {}), count = el("p", { class: "note", role: "status" });
  const button = el("button", { type: "button", class: "plain", onclick: () => void next() }, texts.showMore);
  const filter = el("input", { type: "search", "aria-label": texts.filterOf(caption), placeholder: texts.filter, oninput: () => { wanted = filter.value.trim().toLowerCase(); shown = ROWS_AT_ONCE; fill(); } });
  const text = (row: T, column: Column<T>): string => String(column.value(row) ?? "–");

  async function next(): Promise<void> {
    shown += ROWS_AT_ONCE;
    if (shown > held.length && more && held.length < more.total) {
      button.disabled = true;
      held = [...held, ...(await more.next())];
      button.disabled = false;
    }
    fill();
  }

  function heads(): void {
    head.replaceChildren(...columns.map((column, index) => {
      const [at, way] = sorted ?? [-1, 1];
      return el("th", { scope: "col", class: column.number ? "number" : "", "aria-sort": at !== index ? "none" : way > 0 ? "ascending" : "descending" },
        el("button", { type: "button", onclick: () => { sorted = [index, at === index ? (-way as 1 | -1) : column.number ? -1 : 1]; heads(); fill(); need("button", head.children[index]!).focus(); } }, column.label, el("span", { "aria-hidden": "true" }, at !== index ? "" : way > 0 ? " ↑" : " ↓")));
    }));
  }

  function fill(): void {
    let found = wanted ? held.filter((row) => columns.some((column) => text(row, column).toLowerCase().includes(wanted))) : held;
    if (sorted) {
      const [at, way] = sorted, { value } = columns[at]!;
      found = [...found].sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === null || y === null) return Number(x === null) - Number(y === null);
        return way * (typeof x === "string" || typeof y === "string" ? String(x).localeCompare(String(y)) : x - y);
      });
    }
    const some = found.slice(0, shown);
    body.replaceChildren(...some.map((row) => el("tr", {}, ...columns.map((column, index) => {
      const what = column.show ? column.show(row) : text(row, column);
      return index === 0 ? el("th", { scope: "row" }, what) : el("td", { class: column.number ? "number" : column.wide ? "wide" : "" }, what);
    }))));
    if (!some.length) body.append(el("tr", {}, el("td", { colSpan: columns.length }, texts.nothingFound)));
    const total = more && !wanted ? more.total : found.length;
    count.textContent = texts.rowsShown(some.length, total);
    button.hidden = some.length >= total;
  }

  heads();
  fill();
  return el("div", { class: "tabled" },
    el("div", { class: "tablebar" }, filter, count),
    el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": caption }, el("table", {}, el("caption", { class: "unseen" }, caption), el("thead", {}, head), body)),
    el("p", { class: "actions" }, button));
}
