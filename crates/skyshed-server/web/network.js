// The network of a slot in numbers: lasers, landings, rates, faults, and what each class of links carries.

import { el, percent, whole } from "/states.js";

const CLASSES = {
  beams: ["Beams", "of one satellite together"],
  feeder_links: ["Feeder links", "satellite to gateway"],
  lasers: ["Lasers", "each direction counts"],
  gateways: ["Gateways", "their fibre"],
};
const FAULTS_SHOWN = 6;

export function network(slot, rate) {
  return [card("Lasers", ...lasers(slot.lasers)), card("Satellites", satellites(slot.satellites)), card("What a busy terminal gets", rates(slot, rate), el("p", { class: "note" }, "Low and high: one in twenty is below, one in twenty above.")), card("Faults in force", faults(slot.faults)), links(slot.links)];
}

const card = (title, ...children) => el("section", { class: "card" }, el("h3", {}, title), ...children);

function figure(value, unit) {
  return el("p", { class: "figure" }, value, el("small", {}, ` ${unit}`));
}

function rows(...pairs) {
  return el("dl", { class: "rows" }, ...pairs.filter(Boolean).flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]));
}

function lasers(view) {
  if (!view.links) return [figure("0", "links"), el("p", { class: "note" }, "Packets come down where they went up.")];
  const most = view.degrees.reduce((best, count, degree) => (count > view.degrees[best] ? degree : best), 0);
  return [figure(whole(view.links), "links"), rows(
    view.components === 1 ? ["Joined", `${whole(view.largest_component)} of ${whole(view.satellites)}`] : ["Groups", `${whole(view.components)}, the largest of ${whole(view.largest_component)}`],
    ["Links each", `${most} at ${percent(view.degrees[most], view.satellites)} of satellites`],
    view.between_shells ? ["Between shells", whole(view.between_shells)] : null,
    ["Length", `median ${whole(view.length_km.p50)} km, longest ${whole(view.length_km.max)} km`],
    view.kept === null ? null : ["Since last slot", `${whole(view.kept)} kept, ${whole(view.added)} new, ${whole(view.dropped)} gone`])];
}

function satellites(counts) {
  const steps = [["total", "in the constellation"], ["at_service_altitude", "at an altitude of service"], ["with_gateway", "with a way to a gateway"], ["landing", "land traffic themselves"], ["serving", "serve somebody"]];
  return el("ul", { class: "funnel wide" }, ...steps.map(([key, label]) => {
    const bar = el("i");
    bar.style.width = `${(100 * counts[key]) / Math.max(1, counts.total)}%`;
    return el("li", { class: counts[key] ? "" : "none" }, el("b", {}, whole(counts[key])), el("span", {}, label), bar);
  }));
}

function rates(slot, rate) {
  const line = (label, spread, text) => el("tr", {}, el("th", { scope: "row" }, label), ...["p5", "p50", "p95"].map((key) => el("td", {}, spread ? text(spread[key]) : "–")));
  return el("table", { class: "spread" },
    el("thead", {}, el("tr", {}, el("td", {}), ...["low", "median", "high"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {},
      line("Mb/s, by people", slot.rate_mbps, rate),
      line("Mb/s, by cells", slot.rate_mbps_cells, rate),
      line("Round trip, ms", slot.rtt_ms, (ms) => ms.toFixed(1))));
}

function faults(lines) {
  if (!lines.length) return el("p", { class: "note" }, "None: everything works.");
  const more = lines.length - FAULTS_SHOWN;
  return el("ul", { class: "faults" }, ...lines.slice(0, FAULTS_SHOWN).map((line) => el("li", {}, line)), more > 0 ? el("li", { class: "note" }, `and ${whole(more)} more`) : null);
}

const share = (value) => (value === null ? "–" : percent(value, 1));
const gbps = (value) => (value > 0 && value < 10 ? value.toFixed(1) : whole(value));

function links(classes) {
  const heads = [["Links", "name"], ["Used", "", "Of the capacity of all of them"], ["Carried, Gb/s"], ["Capacity, Gb/s"], ["Carrying", "", "Links that carry something"],
    ["Median link", "", "Of those that carry something"], ["Top 5 %", "", "One in twenty is fuller"], ["Fullest"], ["Full", "", "Links that can carry no more"]];
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, ...heads.map(([name, kind = "", title = ""]) => el("th", { scope: "col", class: kind, title }, name)))),
    el("tbody", {}, ...classes.map(linkRow))));
}

function linkRow(link) {
  const [name, what] = CLASSES[link.class] ?? [link.class, ""];
  const bar = el("i", { class: "bar" }), fill = el("i");
  fill.style.width = `${link.capacity_gbps ? (100 * link.carried_gbps) / link.capacity_gbps : 0}%`;
  bar.append(fill);
  return el("tr", {}, el("th", { scope: "row", class: "name" }, el("b", {}, name), " ", el("small", {}, what)),
    el("td", { class: "used" }, el("span", {}, percent(link.carried_gbps, link.capacity_gbps)), bar),
    ...[gbps(link.carried_gbps), gbps(link.capacity_gbps), `${whole(link.used)} of ${whole(link.links)}`,
      share(link.utilisation_p50), share(link.utilisation_p95), share(link.utilisation_max), whole(link.full)].map((text) => el("td", {}, text)));
}
