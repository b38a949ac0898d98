// One place's answer, for people.

import { colorOf, el, stateOf, swatch, whole } from "/states.js";

const PARTS = [
  ["user_link_ms", "User link", "#35c4d7"],
  ["lasers_ms", "Lasers", "#c2438a"],
  ["feeder_link_ms", "Gateway link", "#1b7fb8"],
  ["fibre_ms", "Fibre", "#f2cb3d"],
  ["access_ms", "Access and queueing", "#8a94a6"],
];
const TESTS = [
  ["in_view", "above the horizon"],
  ["above_mask", "above the elevation mask"],
  ["clear_of_gso_arc", "clear of the geostationary arc"],
  ["with_gateway", "with a way to a gateway"],
  ["clear_of_border", "clear of borders"],
  ["with_beam", "with a beam to spare"],
];
const VERDICTS = {
  serving: "serves this cell", available: "could serve", below_mask: "too low", gso_arc: "too near the GSO arc",
  no_gateway: "reaches no gateway", border_guard: "would spill over a border", no_beam: "no beam left",
};

export function answer(why, country, close) {
  const state = stateOf(why.served ? "served" : why.cause);
  const badge = el("p", { class: "badge" }, swatch(state), why.served ? "Served" : state.label);
  badge.style.setProperty("--state", colorOf(state));
  return [
    el("div", { class: "title" }, el("h2", { tabIndex: -1 }, shortName(why)), el("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "×")),
    el("p", { class: "where" }, `${territoryLine(why.territory, country)} · ${degrees(why.place)}`),
    badge,
    why.served ? numbers(why) : el("p", { class: "cause" }, state.says, " ", ifActive(why)),
    decision(why.activation),
    why.path ? path(why) : null,
    sky(why.sky),
    el("p", { class: "small" }, `Cell ${why.cell} · `, el("a", { href: `/api/v1/why?place=${encodeURIComponent(why.cell)}` }, "as JSON"), " · ", el("a", { href: location.href }, "link to this place")),
  ];
}

export function refusal(problem, ask, close) {
  const choices = (problem.candidates ?? []).map((name) => el("li", {}, el("button", { type: "button", class: "choice", onclick: () => ask(name) }, name)));
  return [
    el("div", { class: "title" }, el("h2", { tabIndex: -1 }, problem.title), el("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "×")),
    choices.length ? el("p", {}, problem.status === 409 ? "Which one?" : "Closest names:") : el("p", { class: "cause" }, problem.detail),
    choices.length ? el("ul", { class: "choices" }, ...choices) : null,
  ];
}

// "Nairobi, KE-110" without the region's id, which stands below it.
const shortName = ({ place, territory }) => (place.name.endsWith(`, ${territory.id}`) ? place.name.slice(0, -territory.id.length - 2) : place.name);

function territoryLine(territory, country) {
  const claims = territory.claims.length ? `, claimed by ${territory.claims.join(", ")}` : "";
  return `${territory.name} (${territory.id})${territory.name === country ? "" : `, ${country}`}${claims}`;
}

function degrees({ latitude_deg, longitude_deg }) {
  const side = (value, positive, negative) => `${Math.abs(value).toFixed(2)}° ${value < 0 ? negative : positive}`;
  return `${side(latitude_deg, "N", "S")}, ${side(longitude_deg, "E", "W")}`;
}

function numbers({ rtt_ms, rate_mbps }) {
  return el("dl", { class: "numbers" },
    el("div", {}, el("dt", {}, "Round trip"), el("dd", {}, rtt_ms.toFixed(1), el("small", {}, " ms"))),
    el("div", {}, el("dt", {}, "Busy terminal"), el("dd", {}, rate(rate_mbps), el("small", {}, " Mb/s"))));
}

export const rate = (mbps) => (mbps >= 10 ? whole(mbps) : mbps >= 1 ? mbps.toFixed(1) : mbps.toFixed(2));

function ifActive({ activation, cause }) {
  const then = activation.if_active;
  if (cause !== "territory_off" && cause !== "no_decision") return "";
  if (then.served) return el("b", {}, `If it were on: ${then.satellite.name} would serve it now, at ${then.rtt_ms.toFixed(1)} ms.`);
  return el("b", {}, `If it were on, there would still be no service in this slot: ${lower(stateOf(then.cause).says)}`);
}

const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);

function decision({ decision, denial, what_if, log, state }) {
  const rows = [];
  if (denial) rows.push(["Dish shows", `${denial.dish_code_name} (${denial.dish_code})`]);
  if (what_if) rows.push(["What-if", what_if]);
  if (log) rows.push(["Log", `${log.origin}, ${whole(log.size)} records${log.stale ? ", STALE" : ""}`]);
  if (!decision) return el("section", {}, el("h3", {}, "Who decided"), el("p", {}, "Nobody has decided anything here, so it stays off."), list(rows));
  const { logged } = decision;
  rows.unshift(["Decision", `${decision.number} on ${decision.territory}: ${decision.state.replaceAll("_", " ")}`]);
  if (logged) rows.push(["Signed by", logged.approvers.join(", ")], ["Asked by", `${logged.requester} for ${logged.on_behalf_of}`], ["Reason", logged.reason_code.replaceAll("_", " ")]);
  if (logged?.legal_basis) rows.push(["Rests on", logged.legal_basis]);
  rows.push(["Since", decision.since]);
  if (logged?.until) rows.push(["Until", logged.until]);
  rows.push(["Review by", `${decision.review}${logged?.overdue ? ", OVERDUE" : ""}`]);
  if (decision.source) rows.push(["Source", decision.source]);
  return el("section", {}, el("h3", {}, state === "on" ? "Why it is on" : "Why it is off"),
    el("blockquote", {}, decision.reason.charAt(0).toUpperCase() + decision.reason.slice(1)), list(rows));
}

const list = (rows) => el("dl", { class: "rows" }, ...rows.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]));

function path({ path, rtt_ms }) {
  const stops = [path.hops[0].from, ...path.hops.map((hop) => hop.to)];
  const list = el("ol", { class: "hops" });
  stops.forEach((stop, index) => {
    const hop = path.hops[index];
    list.append(el("li", { class: isSatellite(path, index) ? "flies" : "" }, el("b", {}, stop), " ", el("span", { class: "kind" }, kindOf(path, index)),
      hop ? el("div", { class: `leg ${hop.kind}` }, `${whole(hop.length_km)} km by ${hop.kind}, ${hop.one_way_ms.toFixed(1)} ms`) : null));
  });
  const parts = PARTS.filter(([name]) => path[name] > 0);
  const bar = el("div", { class: "stack", role: "img", "aria-label": parts.map(([name, label]) => `${label} ${path[name].toFixed(1)} ms`).join(", ") });
  const key = el("ul", { class: "parts" });
  for (const [name, label, color] of parts) {
    const part = el("i");
    part.style.background = color;
    part.style.flexGrow = path[name];
    bar.append(part);
    const dot = el("i", { class: "swatch" });
    dot.style.background = color;
    key.append(el("li", {}, dot, `${label} `, el("b", {}, `${path[name].toFixed(1)} ms`)));
  }
  return el("section", {}, el("h3", {}, "The way of a packet"), el("p", { class: "note" }, wayLine(path)), list, el("h3", {}, `Round trip: ${rtt_ms.toFixed(1)} ms`), bar, key);
}

function wayLine({ satellites, one_way_km }) {
  const lasers = satellites.length - 1;
  const over = lasers ? `over ${lasers + 1} satellites and ${lasers} laser${lasers > 1 ? "s" : ""}` : "over one satellite, up and straight down";
  return `${whole(one_way_km)} km ${over}`;
}

// Stop 0 is the place; then come the satellites, the gateway and the point of presence.
const isSatellite = (path, index) => index >= 1 && index <= path.satellites.length;

function kindOf(path, index) {
  const last = path.satellites.length;
  if (index === 0) return "You";
  if (index > last) return index === last + 1 ? "Gateway" : "Point of presence";
  if (index === 1) return `${path.elevation_deg.toFixed(0)}° up`;
  return index === last ? "lands" : "";
}

function sky(view) {
  const list = el("ul", { class: "funnel" });
  for (const [name, label] of TESTS) {
    const bar = el("i");
    bar.style.width = `${(100 * view[name]) / Math.max(1, view.in_view)}%`;
    list.append(el("li", { class: view[name] ? "" : "none" }, el("b", {}, whole(view[name])), el("span", {}, label), bar));
  }
  const rows = view.satellites.map((seen) => el("tr", { class: seen.verdict },
    el("td", {}, seen.name), el("td", {}, `${seen.elevation_deg.toFixed(0)}°`), el("td", {}, `${whole(seen.slant_range_km)} km`), el("td", {}, VERDICTS[seen.verdict] ?? seen.verdict)));
  return el("section", {}, el("h3", {}, "The sky above"), list,
    el("details", {}, el("summary", {}, `The ${rows.length} highest satellites`),
      el("table", { class: "satellites" }, el("thead", {}, el("tr", {}, ...["Satellite", "Up", "Away", ""].map((name) => el("th", {}, name)))), el("tbody", {}, ...rows))));
}
