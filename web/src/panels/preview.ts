// What if a decision changed: who gains and who loses, inside and outside, before anything is asked for.

import { get, json } from "../api";
import type { App } from "../app";
import { el, facts, need } from "../dom";
import { people, whole } from "../format";
import { rgba } from "../globe/lines";
import { texts } from "../texts";
import { isDark } from "../theme";
import { decidedOf } from "../states";
import type { Filled } from "./panel";
import { table } from "./table";

interface Effect { cells: number; people: number; terminals: number; capacity_kbps: number }
interface Counted { cells_served: number; people_served: number; terminals_served: number; capacity_kbps: number; rtt_us_p50: number | null }
interface Difference { cells: number; people: number; without: Counted; with: Counted; lost: Effect; gained: Effect; latency: { people_longer: number; people_shorter: number } }
interface TerritoryDifference extends Difference { territory: string; name: string; rest: boolean; guard_cells_without: number; guard_cells_with: number }
interface Total { inside: Difference; outside: Difference; guard: Difference & { cells_without: number; cells_with: number }; territories: TerritoryDifference[] }
export interface Preview {
  time: string; changes: { territory: string; name: string; zone_sha256: string; cells: number; people: number; state: string; cells_overruled: number }[];
  scope: { reported_within_km: number; reported_cells: number; planned_cells: number }; beam_level: Total; terminal_level: Total;
}

/** What becomes of a cell, as the service's raster of a preview counts. */
const CHANGES = ["none", "inside_gained", "inside_lost", "outside_gained", "outside_lost", "guarded"] as const;
type ChangeName = Exclude<(typeof CHANGES)[number], "none">;
const COLOURS: Record<ChangeName, [dark: string, light: string]> = {
  inside_gained: ["#5fe0f2", "#0a7f91"],
  inside_lost: ["#ff7a2e", "#c2410c"],
  outside_gained: ["#a8f0a0", "#3f9142"],
  outside_lost: ["#ff5d8f", "#b8124f"],
  guarded: ["#f2cb3d", "#c99500"],
};
const colour = (name: ChangeName): string => COLOURS[name][isDark() ? 0 : 1];

/** `?` asks for a choice; `TW=on` is a change. */
export async function preview(app: App, id: string, fresh: boolean): Promise<Filled> {
  if (!app.territories.length) await app.loadTerritories();
  const [territory, state] = id.split("=");
  if (id === "?" || !territory || !state) {
    clearPreview(app);
    return { title: texts.previewTitle, said: texts.previewTitle, children: [el("p", {}, texts.previewIntro), form(app, "", "")] };
  }
  const path = `change=${encodeURIComponent(id)}`;
  const [answer] = await Promise.all([json<Preview>(`/api/v1/preview?${path}`), paint(app, path, fresh)]);
  if (fresh) turn(app, territory);
  const name = answer.changes[0]?.name ?? territory, { inside, outside, guard, territories } = answer.beam_level;
  const title = texts.previewOf(name, decidedOf(state).label.toLowerCase());
  return {
    title,
    said: `${title} ${sentence(inside, outside)}`,
    children: [
      el("p", { class: "note" }, texts.previewNote),
      form(app, territory, state),
      el("div", { class: "sides" }, side(texts.inside, name, inside, "inside"), side(texts.outside, texts.outsideOf(whole(answer.scope.reported_within_km)), outside, "outside")),
      el("ul", { class: "parts key" }, ...CHANGES.filter((one): one is ChangeName => one !== "none").map((one) => el("li", {}, el("i", { class: "swatch", color: colour(one) }), texts.changes[one]))),
      el("section", {}, el("h3", {}, texts.more),
        facts([
          [texts.terminals, texts.fromTo(whole(inside.without.terminals_served), whole(inside.with.terminals_served))],
          [texts.guardStrip, texts.fromTo(texts.cells(guard.cells_without), texts.cells(guard.cells_with))],
          [texts.latencyChange, texts.latencyLine(people(outside.latency.people_longer), people(outside.latency.people_shorter))],
          [texts.rateChange, texts.gbpsNet(((outside.with.capacity_kbps - outside.without.capacity_kbps) / 1e6).toFixed(1))],
          [texts.zone, el("code", {}, answer.changes[0]?.zone_sha256 ?? "")],
        ])),
      territories.length ? el("section", {}, el("h3", {}, texts.neighbours), table(texts.neighbours, [
        { label: texts.territory, value: (row) => row.name },
        { label: texts.peopleLost, value: (row) => row.lost.people, show: (row) => people(row.lost.people), number: true },
        { label: texts.peopleGained, value: (row) => row.gained.people, show: (row) => people(row.gained.people), number: true },
        { label: texts.cellsLost, value: (row) => row.lost.cells, number: true },
        { label: texts.cellsGained, value: (row) => row.gained.cells, number: true },
        { label: texts.gbps, value: (row) => (row.with.capacity_kbps - row.without.capacity_kbps) / 1e6, show: (row) => ((row.with.capacity_kbps - row.without.capacity_kbps) / 1e6).toFixed(2), number: true },
      ], territories)) : null,
      el("p", { class: "small" }, `${texts.slot} ${answer.time} · `, el("a", { href: `/api/v1/preview?${path}` }, texts.asJson), " · ", el("button", { type: "button", class: "link", onclick: () => app.setLone(true) }, texts.howToAsk)),
    ],
  };
}

function sentence(inside: Difference, outside: Difference): string {
  return texts.previewSaid(people(inside.gained.people), people(inside.lost.people), people(outside.gained.people), people(outside.lost.people));
}

function form(app: App, territory: string, state: string): HTMLElement {
  const tops = app.territories.filter(({ kind, parent }) => kind !== "coastal" && kind !== "high_seas" && (parent === null || kind === "disputed"));
  const input = el("select", { id: "preview-territory", "aria-label": texts.territory }, el("option", { value: "" }, texts.chooseTerritory),
    ...[...tops].sort((a, b) => a.name.localeCompare(b.name)).map((one) => el("option", { value: one.id, selected: one.id === territory }, `${one.name} (${decidedOf(one.decision_state).label.toLowerCase()})`)));
  const states = el("select", { id: "preview-state", "aria-label": texts.decided }, ...["on", "off"].map((one) => el("option", { value: one, selected: one === state }, decidedOf(one).label)));
  input.addEventListener("change", () => { const one = app.territory(input.value); if (one) states.value = one.state === "off" ? "on" : "off"; });
  return el("form", { class: "flip", onsubmit: (event: Event) => { event.preventDefault(); if (input.value) app.setPreview(`${input.value}=${states.value}`); else input.focus(); } },
    el("span", {}, texts.ifOnly), input, el("span", {}, texts.were), states, el("button", { class: "main" }, texts.previewGo));
}

function side(title: string, where: string, difference: Difference, at: "inside" | "outside"): HTMLElement {
  const row = (name: "gained" | "lost"): HTMLElement => {
    const effect = difference[name];
    return el("div", { class: name }, el("dt", {}, el("i", { class: "swatch", color: colour(`${at}_${name}`) }), texts[name]), el("dd", {}, el("b", {}, texts.people(people(effect.people))), el("small", {}, texts.cells(effect.cells))));
  };
  return el("section", { class: "side" }, el("h3", {}, title), el("p", { class: "note" }, where), el("dl", {}, row("gained"), row("lost")));
}

function turn(app: App, territory: string): void {
  const middle = app.ground?.middleOf(territory);
  if (middle && app.mayFly) app.globe.flyTo(middle.point, 1.35 + Math.min(1.6, middle.reach_deg / 14));
}

let painted = "";

async function paint(app: App, path: string, fresh: boolean): Promise<void> {
  if (!fresh && painted === path) return;
  const raster = await get(`/api/v1/preview/raster?${path}`);
  const { width, height } = app.ground!;
  const bytes = new Uint8Array(await raster.arrayBuffer());
  const table = new Uint32Array(CHANGES.length);
  CHANGES.forEach((name, index) => {
    if (name === "none") return;
    const [r, g, b] = rgba(colour(name));
    table[index] = ((255 << 24) | (Math.round(b * 255) << 16) | (Math.round(g * 255) << 8) | Math.round(r * 255)) >>> 0;
  });
  const pixels = new Uint32Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) pixels[at] = table[bytes[at]!] ?? 0;
  app.globe.planet.setOverlay(new Uint8Array(pixels.buffer), width, height);
  app.globe.changed();
  painted = path;
  need("#planet").classList.add("previewing");
}

export function clearPreview(app: App): void {
  painted = "";
  app.globe.planet.setOverlay(null, 0, 0);
  app.globe.changed();
  need("#planet").classList.remove("previewing");
}
