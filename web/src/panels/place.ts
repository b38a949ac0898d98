// One place: is there service, by what way, who decided, and what stands in the sky above.

import { json, type Path, type Sky, type Why } from "../api";
import type { App } from "../app";
import { el, facts } from "../dom";
import { day, degrees, km, ms, rate, whole, words } from "../format";
import { apart, type Point } from "../geometry";
import { PARTS, causeOf } from "../states";
import { texts } from "../texts";
import { colourOf, isDark } from "../theme";
import { drawWay } from "../ways";
import type { Filled } from "./panel";

export async function place(app: App, id: string, fresh: boolean): Promise<Filled> {
  const at = app.link.time_ms === null ? "" : `&at=${new Date(app.link.time_ms).toISOString().replace(/\.\d+Z$/, "Z")}`;
  const why = await json<Why>(`/api/v1/why?place=${encodeURIComponent(id)}${at}`);
  const state = causeOf(why.served ? "served" : why.cause);
  const points = await drawWay(app, why);
  if (fresh && app.mayFly) look(app, points);
  return {
    title: shortName(why),
    said: `${why.place.name}: ${state.label}`,
    children: [
      el("p", { class: "where" }, territoryLine(app, why), " · ", degrees(why.place.latitude_deg, why.place.longitude_deg)),
      el("p", { class: "badge", color: colourOf(state) }, el("i", { class: "swatch", color: colourOf(state) }), state.label),
      why.served ? numbers(why) : el("p", { class: "cause" }, state.says, ifActive(why)),
      decision(app, why),
      why.path ? wayOf(why.path) : null,
      sky(why.sky),
      el("p", { class: "small" }, `${texts.cell} ${why.cell} · ${texts.slot} ${why.time} · `, el("a", { href: `/api/v1/why?place=${encodeURIComponent(id)}${at}` }, texts.asJson)),
    ],
  };
}

/** Turns to a place and its way, unless it stands well in view already. */
function look(app: App, points: Point[]): void {
  const [first] = points;
  if (!first) return;
  if (points.length === 1) app.globe.flyTo(first, Math.min(app.globe.view.distance, 2));
  else if (points.some((point) => apart(point, app.globe.view) > 20) || app.globe.view.distance > 2.2) app.globe.flyAround(points, 1.45);
}

const shortName = ({ place: { name }, territory }: Why): string => (name.endsWith(`, ${territory.id}`) ? name.slice(0, -territory.id.length - 2) : name);

function territoryLine(app: App, { territory }: Why): HTMLElement {
  const claims = territory.claims.length ? `, ${texts.claimedBy(territory.claims.join(", "))}` : "";
  const leaf = app.ground?.territories.findIndex((row) => row.id === territory.id) ?? -1;
  const country = leaf >= 0 ? app.ground!.territories[app.ground!.root[leaf]!]!.name : territory.name;
  const name = territory.name === country ? territory.name : `${territory.name}, ${country}`;
  return el("span", {}, el("button", { type: "button", class: "link", onclick: () => app.select({ kind: "territory", id: territory.parent ?? territory.id }) }, name), ` (${territory.id})${claims}`);
}

function numbers({ rtt_ms, rate_mbps }: Why): HTMLElement {
  return el("dl", { class: "numbers" },
    el("div", {}, el("dt", {}, texts.roundTrip), el("dd", {}, rtt_ms!.toFixed(1), el("small", {}, " ms"))),
    el("div", {}, el("dt", {}, texts.busyTerminal), el("dd", {}, rate(rate_mbps!), el("small", {}, " Mb/s"))));
}

function ifActive({ activation: { if_active: then }, cause }: Why): HTMLElement | string {
  if (cause !== "territory_off" && cause !== "no_decision") return "";
  const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
  return el("b", { class: "then" }, then.served ? texts.ifOnYes(then.satellite?.name ?? "", ms(then.rtt_ms)) : texts.ifOnNo(lower(causeOf(then.cause).says)));
}

function decision(app: App, { activation: { decision: held, denial }, territory }: Why): HTMLElement {
  const logged = held?.logged;
  const id = held && app.ground?.territories.some((row) => row.id === held.territory) ? held.territory : (territory.parent ?? territory.id);
  return el("section", {},
    el("h3", {}, texts.whoDecidedHere),
    held ? el("blockquote", {}, held.reason) : el("p", {}, texts.nobodyDecided),
    facts([
      held && [texts.decision, texts.decisionOn(held.number, held.territory, words(held.state))],
      logged ? [texts.signedBy, logged.approvers.join(", ")] : null,
      logged ? [texts.askedBy, texts.askedFor(logged.requester, logged.on_behalf_of)] : null,
      logged ? [texts.reason, words(logged.reason_code)] : null,
      logged?.legal_basis ? [texts.restsOn, logged.legal_basis] : null,
      held && [texts.since, day(held.since)],
      held && [texts.review, `${day(held.review)}${logged?.overdue ? `, ${texts.overdue}` : ""}`],
      denial && [texts.dishShows, `${denial.dish_code_name} (${denial.dish_code})`],
    ]),
    el("p", { class: "actions" },
      el("button", { type: "button", class: "plain", onclick: () => app.select({ kind: "territory", id }) }, texts.openTerritory),
      el("button", { type: "button", class: "plain", onclick: () => app.setPreview(`${id}=${held && held.state !== "off" ? "off" : "on"}`) }, texts.previewHere)));
}

function wayOf(path: Path): HTMLElement {
  const stops = [path.hops[0]?.from ?? "", ...path.hops.map(({ to }) => to)];
  const last = path.satellites.length;
  const kind = (index: number): string => (index === 0 ? texts.you : index <= last ? (index === 1 ? texts.up(path.elevation_deg.toFixed(0)) : "") : index === last + 1 ? texts.gateway : texts.pop);
  const list = el("ol", { class: "way" }, ...stops.map((name, index) => el("li", { class: index === 0 ? "place" : index <= last ? "satellite" : "site" },
    el("span", { class: "stop" }, name), el("small", {}, [kind(index), (index === last + 1 && path.gateway.approximate) || (index === last + 2 && path.pop.approximate) ? texts.approximate : ""].filter(Boolean).join(", ")),
    path.hops[index] ? el("span", { class: `hop ${path.hops[index].kind}` }, texts.hop(texts.hopKinds[path.hops[index].kind] ?? path.hops[index].kind, km(path.hops[index].length_km), `${path.hops[index].one_way_ms.toFixed(2)} ms`)) : null)));
  return el("section", {}, el("h3", {}, texts.way), el("p", { class: "note" }, texts.wayLine(km(path.one_way_km), last)), list, roundTrip(path));
}

/** The parts of a round trip as a bar, each named with its milliseconds. */
export function roundTrip(path: Path): HTMLElement {
  const parts = PARTS.map(([key, dark, light]) => ({ name: texts.parts[key]!, value: path[key as "fibre_ms"], colour: isDark() ? dark : light }));
  const sum = parts.reduce((all, { value }) => all + value, 0);
  const bar = el("div", { class: "share tall", role: "img", "aria-label": `${texts.partsLabel}: ${parts.map(({ name, value }) => `${name} ${ms(value)}`).join(", ")}` });
  for (const { value, colour } of parts) {
    if (value <= 0) continue;
    const part = el("i", { color: colour });
    part.style.flexGrow = String(value / sum);
    bar.append(part);
  }
  return el("div", { class: "trip" }, el("h3", {}, `${texts.roundTrip}: ${ms(sum)}`), bar,
    el("ul", { class: "parts" }, ...parts.filter(({ value }) => value > 0).map(({ name, value, colour }) => el("li", {}, el("i", { class: "swatch", color: colour }), `${name} `, el("b", {}, ms(value))))));
}

function sky(view: Sky): HTMLElement {
  const tests = Object.entries(texts.skyTests).map(([key, label]) => {
    const count = view[key as "in_view"], bar = el("i", {});
    bar.style.width = `${(100 * count) / Math.max(1, view.in_view)}%`;
    return el("li", { class: count ? "" : "none" }, el("b", {}, whole(count)), el("span", {}, label), bar);
  });
  return el("section", {}, el("h3", {}, texts.sky), el("ul", { class: "funnel" }, ...tests),
    el("details", { "data-key": "sky" }, el("summary", {}, texts.highest(view.satellites.length)),
      el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": texts.highest(view.satellites.length) }, el("table", {},
        el("thead", {}, el("tr", {}, ...[texts.satellite, texts.upShort, texts.away, texts.verdict].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, ...view.satellites.map((seen) => el("tr", {}, el("th", { scope: "row" }, seen.name), el("td", {}, `${seen.elevation_deg.toFixed(0)}°`), el("td", {}, km(seen.slant_range_km)), el("td", {}, texts.verdicts[seen.verdict] ?? words(seen.verdict)))))))));
}
