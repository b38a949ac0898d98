// The page's frame: everything that is always there.

import { el } from "./dom";
import { texts } from "./texts";

export function buildShell(): void {
  const icon = el("img", { src: "/icon.svg", alt: "", width: 24, height: 24 });
  document.body.prepend(
    el("nav", { "aria-label": texts.skipLabel },
      el("a", { class: "skip", href: "#", onclick: (event: Event) => { event.preventDefault(); document.querySelector<HTMLElement>("#search")?.focus(); } }, texts.skipToSearch),
      el("a", { class: "skip", href: "#table=territories", id: "skip-tables" }, texts.skipToTables)),
    el("header", { class: "top" },
      el("a", { class: "brand", href: "#", id: "home", title: texts.home }, icon, texts.brand),
      search(),
      el("div", { class: "tools" },
        el("div", { class: "clock", id: "clock" }),
        el("button", { type: "button", class: "tool", id: "open-tables" }, texts.tables),
        el("button", { type: "button", class: "tool icon", id: "theme" })),
    ),
    el("div", { class: "banners", id: "banners", role: "status" }),
    el("main", { class: "stage", id: "stage" },
      el("div", { class: "planet", id: "planet" },
        el("canvas", { id: "globe", tabIndex: 0, role: "application", "aria-label": texts.globeLabel }),
        el("p", { class: "tip", id: "tip", "aria-hidden": "true", hidden: true }),
        el("div", { class: "labels", id: "labels", "aria-hidden": "true" }),
        el("div", { class: "zoom", role: "group", "aria-label": texts.zoomIn },
          el("button", { type: "button", id: "zoom-in", "aria-label": texts.zoomIn }, "+"),
          el("button", { type: "button", id: "zoom-out", "aria-label": texts.zoomOut }, "−")),
      ),
      el("div", { class: "sheet", id: "sheet" },
        el("button", { type: "button", class: "grab", id: "grab", "aria-label": texts.sheetMore, "aria-expanded": "false" }),
        el("section", { class: "card panel", id: "panel", "aria-label": texts.panelLabel, hidden: true }),
        el("section", { class: "card answers", id: "answers", "aria-label": texts.overview },
          el("h1", { id: "headline" }, texts.loading)),
        el("section", { class: "card legend", id: "legend", "aria-label": texts.legendLabel, hidden: true }),
      ),
      el("section", { class: "timebar", id: "timebar", "aria-label": texts.timeBar }),
    ),
    el("p", { class: "unseen", id: "spoken", role: "status" }),
  );
}

function search(): HTMLElement {
  return el("form", { id: "search-form", class: "search", role: "search", autocomplete: "off" },
    el("label", { htmlFor: "search", class: "unseen" }, texts.searchLabel),
    el("input", { id: "search", type: "search", placeholder: texts.searchHint, maxLength: 200, spellcheck: false, role: "combobox", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list" }),
    el("ul", { id: "found", class: "found", role: "listbox", "aria-label": texts.searchFound, hidden: true }),
    el("button", {}, texts.searchButton));
}
