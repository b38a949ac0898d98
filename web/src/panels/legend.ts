// What the colours and marks say, and which of them are shown.

import type { App } from "../app";
import { el, need, refill } from "../dom";
import { people, whole } from "../format";
import { CAUSES, DECIDED, type State } from "../states";
import { texts } from "../texts";
import { colourOf } from "../theme";

export function legend(app: App): void {
  const { slot, link, globe } = app;
  if (!slot) return;
  const box = need("#legend");
  box.hidden = false;
  const layer = (name: "cells" | "territories", label: string): HTMLElement =>
    el("button", { type: "button", "aria-pressed": String(link.layer === name), onclick: () => app.setLayer(name) }, label);
  const toggle = (id: string, label: string, mark: string, shown: boolean, act: (shown: boolean) => void): HTMLElement =>
    el("label", { class: "toggle" }, el("input", { type: "checkbox", id, checked: shown, onchange: (event: Event) => { act((event.target as HTMLInputElement).checked); globe.changed(); } }), el("i", { class: `mark ${mark}` }), label);
  refill(box,
    el("h2", {}, texts.layers),
    el("div", { class: "segments", role: "group", "aria-label": texts.layers }, layer("cells", texts.layerCells), layer("territories", texts.layerTerritories)),
    el("p", { class: "heads", "aria-hidden": "true" }, el("span", {}, link.layer === "cells" ? texts.cellsHead : texts.territories), el("span", {}, texts.peopleHead)),
    el("ul", { class: "states" }, ...(link.layer === "cells" ? causes(app) : decided(app))),
    el("p", { class: "note" }, `${texts.legendNote} ${texts.legendSea} ${texts.nightNote}`),
    el("h2", {}, texts.show),
    el("div", { class: "toggles" },
      toggle("show-satellites", texts.satellites, "dot", globe.satellites.points.visible || !globe.satellites.motion, (shown) => { globe.satellites.points.visible = shown; }),
      toggle("show-sites", texts.gatewaysAndPops, "site", app.sitesShown, (shown) => { app.sitesShown = shown; globe.sites.points.visible = shown; })));
}

function causes(app: App): HTMLElement[] {
  const { slot } = app;
  return CAUSES.map((state) => {
    const count = state.name === "served" ? { cells: slot!.cells.served, people: slot!.people.served } : (slot!.causes[state.name] ?? { cells: 0, people: 0 });
    return row(app, state, count.cells > 0, whole(count.cells), count.people ? people(count.people) : "–");
  });
}

function decided(app: App): HTMLElement[] {
  const tops = app.territories.filter(({ parent, kind }) => parent === null && kind !== "coastal" && kind !== "high_seas");
  return DECIDED.map((state) => {
    const held = tops.filter((one) => (one.decision_state ?? "none") === state.name);
    return row(app, state, held.length > 0, whole(held.length), people(held.reduce((sum, one) => sum + one.people, 0)));
  });
}

function row(app: App, state: State, some: boolean, first: string, second: string): HTMLElement {
  const alone = app.link.only === state.name;
  return el("li", {}, el("button", { type: "button", class: some ? "" : "none", title: state.says, "aria-pressed": String(alone), onclick: () => app.setOnly(alone ? null : state.name) },
    el("i", { class: "swatch", color: colourOf(state) }), el("span", { class: "name" }, state.label), el("span", { class: "count" }, first), el("span", { class: "count" }, second)));
}
