// Everything that the globe shows, as tables.

import { all, json, type Coverage, type Page } from "../api";
import type { App, Territory } from "../app";
import { el, facts, need, refill } from "../dom";
import { day, km, moment, ms, people, percent, rate, whole } from "../format";
import { CAUSES, causeOf, decidedOf } from "../states";
import { texts } from "../texts";
import { colourOf } from "../theme";
import { table, type Column } from "./table";

type Tab = keyof typeof texts.tabs;
const TABS = Object.keys(texts.tabs) as Tab[];
const FILLS: Record<Tab, (app: App) => Promise<Node[]>> = { territories, cells, satellites, gateways, pops, network, requests, log };

let dialog: HTMLDialogElement | null = null;

export function showTables(app: App, wanted: string | null): void {
  if (wanted === null) { dialog?.close(); return; }
  const tab: Tab = TABS.find((one) => one === wanted) ?? "territories";
  if (!dialog) {
    dialog = el("dialog", { class: "tables", "aria-label": texts.tables });
    dialog.addEventListener("close", () => { if (app.link.table !== null) app.setTable(null); });
    document.body.append(dialog);
  }
  const body = el("div", { class: "body", "aria-busy": "true" }, el("p", { class: "note" }, texts.loadingPart));
  dialog.replaceChildren(
    el("header", {}, el("h2", {}, texts.tables), el("p", { class: "note" }, app.slot ? texts.tablesOf(moment(app.slot.time)) : ""),
      el("button", { type: "button", class: "close", "aria-label": texts.close, onclick: () => dialog!.close() }, "×")),
    el("nav", { "aria-label": texts.tables }, ...TABS.map((one) => el("button", { type: "button", class: "tab", "aria-current": one === tab ? "page" : null, onclick: () => app.setTable(one) }, texts.tabs[one]))),
    body);
  if (!dialog.open) dialog.showModal();
  need<HTMLElement>("[aria-current]", dialog).focus();
  FILLS[tab](app).catch((error: unknown) => [el("p", {}, error instanceof Error ? error.message : String(error))]).then((children) => {
    body.removeAttribute("aria-busy");
    refill(body, ...children);
  }, () => undefined);
}

const link = (label: string, act: () => void): HTMLElement => el("button", { type: "button", class: "link", onclick: act }, label);
const marked = (state: { label: string; dark: string; light: string }): HTMLElement => el("span", { class: "marked" }, el("i", { class: "swatch", color: colourOf(state) }), state.label);

/** Leaves the tables for what was chosen. */
function go(app: App, kind: "territory" | "satellite" | "gateway" | "pop", id: string): void {
  app.setTable(null);
  app.select({ kind, id });
}

async function territories(app: App): Promise<Node[]> {
  const [list, covered] = await Promise.all([app.territories.length ? app.territories : all<Territory>("/api/v1/territories"), json<Coverage[]>("/api/v1/coverage?by=country")]);
  const coverage = new Map(covered.map((one) => [one.territory, one]));
  const rows = list.filter(({ id, kind, parent }) => coverage.has(id) || (parent === null && kind !== "region")).map((one) => ({ one, covered: coverage.get(one.id) ?? null }));
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { label: texts.territory, value: ({ one }) => `${one.name} ${one.id}`, show: ({ one }) => el("span", {}, link(one.name, () => go(app, "territory", one.id)), " ", el("small", {}, one.id)) },
    { label: texts.kind, value: ({ one }) => texts.kinds[one.kind] ?? one.kind },
    { label: texts.decided, value: ({ one }) => decidedOf(one.decision_state).label, show: ({ one }) => marked(decidedOf(one.decision_state)) },
    { label: texts.decision, value: ({ one }) => one.decision, show: ({ one }) => (one.decision === null ? "–" : String(one.decision)), number: true },
    { label: texts.since, value: ({ one }) => one.since, show: ({ one }) => (one.since ? day(one.since) : "–") },
    { label: texts.review, value: ({ one }) => one.review_by, show: ({ one }) => (one.review_by ? `${day(one.review_by)}${one.overdue ? `, ${texts.overdue}` : ""}` : "–") },
    { label: texts.peopleHead, value: ({ one }) => one.people, show: ({ one }) => people(one.people), number: true },
    { label: texts.chartShare, value: ({ covered: c }) => (c && c.people ? c.people_served / c.people : null), show: ({ covered: c }) => (c ? percent(c.people_served, c.people) : "–"), number: true },
    { label: texts.cellsServed, value: ({ covered: c }) => (c ? c.cells_served / c.cells : null), show: ({ covered: c }) => (c ? texts.of(whole(c.cells_served), whole(c.cells)) : "–"), number: true },
    { label: texts.roundTrip, value: ({ covered: c }) => c?.rtt_ms_p50 ?? null, show: ({ covered: c }) => ms(c?.rtt_ms_p50), number: true },
    { label: texts.rate, value: ({ covered: c }) => c?.rate_mbps_p50 ?? null, show: ({ covered: c }) => (c?.rate_mbps_p50 == null ? "–" : `${rate(c.rate_mbps_p50)} Mb/s`), number: true },
    { label: texts.mainCause, value: ({ covered: c }) => mainCause(c)?.label ?? null, show: ({ covered: c }) => { const cause = mainCause(c); return cause ? marked(cause) : "–"; } },
  ];
  return [table(texts.tabs.territories, columns, rows)];
}

/** What leaves most people without; where nobody lives, most cells. */
function mainCause(covered: Coverage | null) {
  if (!covered) return null;
  const size = ({ cells, people: some }: { cells: number; people: number }): number => some * 1e7 + cells;
  const worst = Object.entries(covered.causes).reduce((most, next) => (size(next[1]) > size(most[1]) ? next : most));
  return size(worst[1]) ? causeOf(worst[0]) : null;
}

async function cells(app: App): Promise<Node[]> {
  const slot = app.slot!;
  const rows = CAUSES.map((state) => ({ state, count: state.name === "served" ? { cells: slot.cells.served, people: slot.people.served } : (slot.causes[state.name] ?? { cells: 0, people: 0 }) }));
  return [table(texts.tabs.cells, [
    { label: texts.state, value: ({ state }) => state.label, show: ({ state }) => marked(state) },
    { label: texts.meaning, value: ({ state }) => state.says, wide: true },
    { label: texts.cellsHead, value: ({ count }) => count.cells, show: ({ count }) => whole(count.cells), number: true },
    { label: texts.peopleHead, value: ({ count }) => count.people, show: ({ count }) => whole(count.people), number: true },
    { label: texts.share, value: ({ count }) => count.people / slot.people.total, show: ({ count }) => percent(count.people, slot.people.total), number: true },
  ], rows)];
}

export interface SatelliteRow { catalog_number: number; name: string; shell: string | null; plane: number | null; place: number | null; latitude_deg: number | null; longitude_deg: number | null; altitude_km: number | null; cells_served: number; beams_used: number; gateway: string | null; pop: string | null }

async function satellites(app: App): Promise<Node[]> {
  const ask = (cursor: string | null): Promise<Page<SatelliteRow>> => json(`/api/v1/satellites?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  let page = await ask(null);
  const first = page.items;
  return [table(texts.tabs.satellites, [
    { label: texts.satellite, value: ({ name }) => name, show: ({ name, catalog_number }) => link(name, () => go(app, "satellite", String(catalog_number))) },
    { label: texts.catalogNumber, value: ({ catalog_number }) => catalog_number, number: true },
    { label: texts.latitude, value: ({ latitude_deg }) => latitude_deg, number: true },
    { label: texts.longitude, value: ({ longitude_deg }) => longitude_deg, number: true },
    { label: texts.altitude, value: ({ altitude_km }) => altitude_km, show: ({ altitude_km }) => (altitude_km === null ? "–" : km(altitude_km)), number: true },
    { label: texts.cellsServed, value: ({ cells_served }) => cells_served, number: true },
    { label: texts.beams, value: ({ beams_used }) => beams_used, number: true },
    { label: texts.gateway, value: ({ gateway }) => gateway ?? "–" },
  ], first, { total: page.total, next: async () => { page = page.next ? await ask(page.next) : { ...page, items: [] }; return page.items; } })];
}

export interface SiteRow { name: string; country: string; lat_deg: number; lon_deg: number; approximate: boolean; territory: string; out_of_order: boolean }
export interface GatewayRow extends SiteRow { feeder_links: number; antennas: number; carried_gbps: number; capacity_gbps: number; full: boolean }
export interface PopRow extends SiteRow { home_of: string[]; cells_served: number; people_served: number }

function siteColumns<T extends SiteRow>(app: App, kind: "gateway" | "pop"): Column<T>[] {
  return [
    { label: kind === "gateway" ? texts.gateway : texts.pop, value: ({ name }) => name, show: ({ name }) => link(name, () => go(app, kind, name)) },
    { label: texts.territory, value: ({ territory }) => territory, show: ({ territory }) => link(territory, () => go(app, "territory", territory)) },
    { label: texts.latitude, value: ({ lat_deg }) => lat_deg, number: true },
    { label: texts.longitude, value: ({ lon_deg }) => lon_deg, number: true },
  ];
}

async function gateways(app: App): Promise<Node[]> {
  return [table(texts.tabs.gateways, [
    ...siteColumns<GatewayRow>(app, "gateway"),
    { label: texts.antennas, value: ({ feeder_links }) => feeder_links, show: ({ feeder_links, antennas }) => texts.of(whole(feeder_links), whole(antennas)), number: true },
    { label: texts.carried, value: ({ carried_gbps }) => carried_gbps, number: true },
    { label: texts.capacity, value: ({ capacity_gbps }) => capacity_gbps, number: true },
    { label: texts.full, value: ({ full, out_of_order }) => (out_of_order ? texts.outOfOrder : full ? texts.yes : texts.no) },
  ], await all<GatewayRow>("/api/v1/gateways"))];
}

async function pops(app: App): Promise<Node[]> {
  return [table(texts.tabs.pops, [
    ...siteColumns<PopRow>(app, "pop"),
    { label: texts.cellsServed, value: ({ cells_served }) => cells_served, show: ({ cells_served }) => whole(cells_served), number: true },
    { label: texts.peopleServed, value: ({ people_served }) => people_served, show: ({ people_served }) => people(people_served), number: true },
    { label: texts.homeOf, value: ({ home_of }) => home_of.join(", ") || "–", wide: true },
  ], await all<PopRow>("/api/v1/pops"))];
}

async function network(app: App): Promise<Node[]> {
  const slot = app.slot!;
  const share = (value: number | null): string => (value === null ? "–" : percent(value, 1));
  return [
    table(texts.tabs.network, [
      { label: texts.links, value: ({ class: name }) => texts.linkClasses[name]?.[0] ?? name, show: ({ class: name }) => el("span", {}, el("b", {}, texts.linkClasses[name]?.[0] ?? name), " ", el("small", {}, texts.linkClasses[name]?.[1] ?? "")) },
      { label: texts.carrying, value: ({ used }) => used, show: ({ used, links }) => texts.of(whole(used), whole(links)), number: true },
      { label: texts.carried, value: ({ carried_gbps }) => carried_gbps, show: ({ carried_gbps }) => whole(carried_gbps), number: true },
      { label: texts.capacity, value: ({ capacity_gbps }) => capacity_gbps, show: ({ capacity_gbps }) => whole(capacity_gbps), number: true },
      { label: texts.medianLink, value: ({ utilisation_p50 }) => utilisation_p50, show: ({ utilisation_p50 }) => share(utilisation_p50), number: true },
      { label: texts.fullest, value: ({ utilisation_max }) => utilisation_max, show: ({ utilisation_max }) => share(utilisation_max), number: true },
      { label: texts.full, value: ({ full }) => full, number: true },
    ], slot.links),
    facts([
      [texts.satellites, texts.satelliteSteps(whole(slot.satellites.total), whole(slot.satellites.at_service_altitude), whole(slot.satellites.with_gateway), whole(slot.satellites.landing), whole(slot.satellites.serving))],
      [texts.linkClasses["lasers"]![0], texts.laserLine(whole(slot.lasers.links), whole(slot.lasers.components), whole(slot.lasers.length_km.p50), whole(slot.lasers.length_km.max))],
      slot.rtt_ms && [texts.roundTrip, texts.spread(ms(slot.rtt_ms.p5), ms(slot.rtt_ms.p50), ms(slot.rtt_ms.p95))],
      slot.rate_mbps && [texts.rate, texts.spread(`${rate(slot.rate_mbps.p5)} Mb/s`, `${rate(slot.rate_mbps.p50)} Mb/s`, `${rate(slot.rate_mbps.p95)} Mb/s`)],
      [texts.faults, slot.faults.length ? slot.faults.join("; ") : texts.none],
    ], "facts wide"),
  ];
}

async function requests(app: App): Promise<Node[]> {
  const { requests: rows } = await import("./records");
  return rows(app);
}

async function log(app: App): Promise<Node[]> {
  const { logEntries } = await import("./records");
  return logEntries(app);
}
