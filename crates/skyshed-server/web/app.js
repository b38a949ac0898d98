// The page: fetches a slot when it begins, and shows it.

import { Planet } from "/map.js";
import { STATES, colorOf, el, onTheme, people, percent, refill, stateOf, swatch, whole } from "/states.js";
import { network } from "/network.js";
import { answer, rate, refusal } from "/why.js";

const $ = (id) => document.getElementById(id);
const ROWS_AT_FIRST = 20;
const state = { slot: null, health: null, countries: [], place: null, ahead_ms: 0, sort: ["people", -1], all: false };

const planet = new Planet($("map"), {
  onPick: (latitude, longitude) => ask(`${latitude.toFixed(4)},${longitude.toFixed(4)}`, { fly: false }),
  onHover(point, at) {
    const seen = point && planet.at(...point);
    $("tip").hidden = !seen;
    if (!seen) return;
    $("tip").replaceChildren(swatch(seen.state), `${seen.name}: ${seen.state.label.toLowerCase()}`);
    $("tip").style.transform = `translate(${Math.min(at[0] + 14, $("map").clientWidth - $("tip").offsetWidth - 6)}px, ${Math.max(4, at[1] - 34)}px)`;
  },
});

async function get(path) {
  const response = await fetch(path);
  if (!response.ok && response.headers.get("content-type") !== "application/problem+json" && path !== "/healthz") throw new Error(`${path}: HTTP status ${response.status}`);
  return response;
}
const json = async (path) => (await get(path)).json();

async function start() {
  const [territories, raster] = await Promise.all([json("/api/v1/cells/raster/territories"), get("/api/v1/cells/raster?layer=territory")]);
  const [width, height] = raster.headers.get("skyshed-raster-size").split("x").map(Number);
  const bytes = new DataView(await raster.arrayBuffer());
  const numbers = Uint16Array.from({ length: width * height }, (_, at) => bytes.getUint16(2 * at, true));
  planet.setGround(width, height, numbers, territories);
  await refresh();
  fromHash();
  setInterval(tick, 250);
}

async function refresh() {
  const health = await json("/healthz");
  const [slot, raster, countries] = await Promise.all([json("/api/v1/slot"), get("/api/v1/cells/raster"), json("/api/v1/coverage?by=country")]);
  state.ahead_ms = Date.parse(health.now) - Date.now();
  Object.assign(state, { health, slot, countries });
  const names = raster.headers.get("skyshed-raster-causes").split(",");
  planet.setCauses(new Uint8Array(await raster.arrayBuffer()), names);
  show();
  if (state.place) ask(state.place, { fly: false, quiet: true });
}

function show() {
  const { slot, health } = state;
  $("fact-slot").textContent = `${slot.time.slice(0, 10)} ${slot.time.slice(11, 19)} UTC`;
  $("fact-constellation").textContent = `${health.constellation}, ${whole(slot.satellites.total)} satellites`;
  $("fact-elements").textContent = slot.elements.designed ? "as designed" : age(health.elements_age_s);
  $("fact-policy-name").textContent = slot.log ? "Log" : "What-if";
  $("fact-policy").textContent = slot.log ? `${slot.log.origin}, ${whole(slot.log.size)} records` : slot.what_if;
  $("fact-policy").title = slot.log ? `Root ${slot.log.root}, cosigned by ${slot.log.witnesses} witnesses, newest witnessed time ${slot.log.witnessed_at}` : "A study: nobody has signed this";
  warn();
  $("fact-worldview").textContent = slot.ground.worldview;
  const { total, served } = slot.people, causes = slot.causes;
  const off = causes.territory_off.people, none = causes.no_decision.people, physics = total - served - off - none;
  $("headline").replaceChildren(el("b", {}, served >= 1e9 && total >= 1e9 ? (served / 1e9).toFixed(2) : people(served)), ` of ${people(total)} people could be served in this slot.`);
  const told = [];
  if (off) told.push(`For ${people(off)} a decision keeps it off`);
  if (none) told.push(`${told.length ? "for" : "For"} ${people(none)} nobody has decided`);
  if (physics) told.push(`${told.length ? "for" : "For"} ${people(physics)} physics stands in the way`);
  $("subline").textContent = told.length ? `${told.slice(0, -1).join(", ")}${told.length > 1 ? ", and " : ""}${told.at(-1)}.` : "Nobody is left out.";
  const counts = (name) => (name === "served" ? { cells: slot.cells.served, people: served } : causes[name]);
  $("share").replaceChildren(...STATES.filter(({ name }) => counts(name).people).map((kind) => {
    const part = el("i", { title: `${kind.label}: ${people(counts(kind.name).people)} people` });
    part.style.background = colorOf(kind);
    part.style.flexGrow = counts(kind.name).people / total;
    return part;
  }));
  $("share").setAttribute("aria-label", STATES.map((kind) => `${kind.label}: ${people(counts(kind.name).people)} people`).join("; "));
  refill($("legend"), ...STATES.map((kind) => legendRow(kind, counts(kind.name))));
  refill($("network"), ...network(slot, rate));
  showCountries();
}

function legendRow(kind, count) {
  return el("button", { type: "button", class: count.cells ? "" : "none", title: kind.says, "aria-pressed": String(planet.only === kind.name),
    onclick() {
      planet.only = planet.only === kind.name ? null : kind.name;
      for (const [index, row] of [...$("legend").children].entries()) row.setAttribute("aria-pressed", String(STATES[index].name === planet.only));
      planet.draw();
    } },
    swatch(kind), el("span", { class: "name" }, kind.label), el("span", { class: "count" }, `${whole(count.cells)} cells`), el("span", { class: "count" }, `${people(count.people)} people`));
}

function age(seconds) {
  const hours = Math.abs(seconds) / 3600, text = hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
  return seconds < 0 ? `${text} ahead` : `${text} old`;
}

// ---- time

let polling = false;
function tick() {
  const now = Date.now() + state.ahead_ms, length = state.health.slot_length_s * 1000;
  const next = Date.parse(state.slot.time) + length, left = next - now;
  $("countdown").replaceChildren(...(left > 0 ? ["next slot in ", el("b", {}, `${Math.ceil(left / 1000)} s`)] : ["planning the next slot"]));
  $("hand").style.strokeDashoffset = String(100 * Math.min(1, Math.max(0, 1 - left / length)));
  if (left < -300 && !polling) poll();
}

async function poll() {
  polling = true;
  try {
    const health = await json("/healthz");
    if (health.slot_time !== state.slot.time) await refresh();
    const behind = health.status === "behind";
    if (behind) tell(`The plan is ${health.slots_behind} slots behind: what you see is the last one, of ${health.slot_time}.`);
    else warn();
  } catch {
    tell(`No answer from the service. What you see is the plan of ${state.slot.time}; asking again.`);
  }
  setTimeout(() => { polling = false; }, 1000);
}

// What is to be known of the log: that it is stale before all.
function warn() {
  const { log } = state.slot;
  tell(log?.stale ? `STALE: the last proven state of the log is kept. ${log.doubt}` : log?.warnings.length ? log.warnings.join("; ") : null);
}

function tell(text) {
  $("banner").hidden = !text;
  $("banner").textContent = text ?? "";
}

// ---- a place

async function ask(place, { fly = true, quiet = false } = {}) {
  state.place = place;
  const link = `#place=${encodeURIComponent(place)}`;
  if (!quiet && location.hash !== link) history.pushState(null, "", link);
  const result = await json(`/api/v1/why?place=${encodeURIComponent(place)}`).catch(() => null);
  if (!result || state.place !== place) return;
  const refused = result.detail !== undefined;
  const open = [...$("answer").querySelectorAll("details")].some((details) => details.open);
  refill($("answer"), ...(refused ? refusal(result, ask, close) : answer(result, countryOf(result), close)).filter(Boolean));
  $("answer").querySelectorAll("details").forEach((details) => { details.open = open; });
  $("answer").hidden = false;
  document.body.classList.add("asked");
  const spoken = refused ? `${result.title}: ${place}` : `${result.place.name}: ${stateOf(result.cause).label}`;
  if ($("spoken").textContent !== spoken) $("spoken").textContent = spoken;
  const path = refused ? null : await spots(result);
  if (state.place !== place) return;
  planet.path = path;
  if (path && fly) planet.flyToPath(path, Math.max(planet.zoom, 2.8), fly === "at once");
  else planet.draw();
  if (!quiet) {
    document.title = refused ? "Skyshed" : `${result.place.name}: ${result.served ? "served" : "not served"} · Skyshed`;
    if (fly === true && window.matchMedia("(max-width: 1000px)").matches) $("answer").scrollIntoView({ block: "start" });
  }
}

// The name of the country, or of the territory without a parent, that holds a place.
function countryOf({ territory }) {
  const leaf = planet.territories.findIndex((row) => row.id === territory.id);
  return leaf < 0 ? territory.name : planet.territories[planet.root[leaf]].name;
}

const EARTH_RADIUS_KM = 6371;

async function spots(why) {
  const spot = (label, { latitude_deg, longitude_deg }) => ({ label, latitude: latitude_deg, longitude: longitude_deg });
  const place = { ...spot(why.place.name, why.place), color: colorOf(stateOf(why.served ? "served" : why.cause)) };
  if (!why.path) return [place];
  const { gateway, pop } = why.path;
  return [place, ...await satellitesOf(why), spot(`Gateway ${gateway.name.split(",")[0]}`, gateway), spot(`PoP ${pop.name}`, pop)];
}

// The satellites of a path where they stood when its slot began; none where the service has moved on to the next.
async function satellitesOf({ path, time }) {
  const numbers = path.satellites.map((satellite) => satellite.catalog_number);
  const found = await json(`/api/v1/satellites?catalog_number=${numbers.join(",")}`).catch(() => null);
  if (found?.time !== time) return [];
  const placed = found.satellites.filter((satellite) => satellite.altitude_km !== null);
  return placed.map((satellite) => ({ latitude: satellite.latitude_deg, longitude: satellite.longitude_deg, altitude: satellite.altitude_km / EARTH_RADIUS_KM }));
}

function close() {
  state.place = null;
  planet.path = null;
  $("answer").hidden = true;
  document.body.classList.remove("asked");
  document.title = "Skyshed: who is served, and why not";
  if (location.hash) history.pushState(null, "", location.pathname);
  planet.draw();
  $("search").focus({ preventScroll: true });
}

function fromHash() {
  const place = new URLSearchParams(location.hash.slice(1)).get("place");
  if (place) { $("search").value = place; ask(place, { fly: "at once" }); } else if (state.place) close();
}

// ---- the table

const COLUMNS = [
  { key: "name", label: "Territory", value: (row) => row.name },
  { key: "people", label: "People", value: (row) => row.people, text: (row) => people(row.people) },
  { key: "reach", label: "People served", value: (row) => (row.people ? row.people_served / row.people : row.cells_served / row.cells - 1), bar: true, text: (row) => percent(row.people_served, row.people) },
  { key: "cells", label: "Cells served", value: (row) => row.cells_served / row.cells, text: (row) => percent(row.cells_served, row.cells) },
  { key: "rtt", label: "Round trip", value: (row) => row.rtt_ms_p50, text: (row) => (row.rtt_ms_p50 === null ? "–" : `${row.rtt_ms_p50.toFixed(0)} ms`) },
  { key: "rate", label: "Rate", value: (row) => row.rate_mbps_p50, text: (row) => (row.rate_mbps_p50 === null ? "–" : `${rate(row.rate_mbps_p50)} Mb/s`) },
  { key: "cause", label: "Mainly without, because", value: (row) => mainCause(row)?.label ?? "", cause: true },
];

// What leaves most people without; where nobody lives, most cells.
function mainCause(row) {
  const size = ([, count]) => count.people * 1e7 + count.cells;
  const worst = Object.entries(row.causes).reduce((most, next) => (size(next) > size(most) ? next : most));
  return size(worst) ? stateOf(worst[0]) : null;
}

function showCountries() {
  const [key, direction] = state.sort, column = COLUMNS.find((one) => one.key === key);
  refill($("columns"), ...COLUMNS.map((one) => el("th", { scope: "col", class: one.key, "aria-sort": one.key !== key ? "none" : direction > 0 ? "ascending" : "descending" },
    el("button", { type: "button", onclick() { state.sort = [one.key, one.key === key ? -direction : one.key === "name" || one.key === "cause" ? 1 : -1]; showCountries(); } }, one.label))));
  const wanted = $("filter").value.trim().toLowerCase();
  const found = state.countries.filter((row) => !wanted || [row.name, row.territory, row.iso_a3 ?? ""].some((text) => text.toLowerCase().includes(wanted)));
  const compare = (a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return direction * (typeof x === "string" ? x.localeCompare(y) : x - y) || a.name.localeCompare(b.name);
  };
  const shown = found.sort(compare).slice(0, state.all || wanted ? undefined : ROWS_AT_FIRST);
  refill($("rows"), ...shown.map(countryRow));
  if (!found.length) $("rows").append(el("tr", {}, el("td", { colSpan: COLUMNS.length }, "No territory by that name or code.")));
  $("more").hidden = Boolean(wanted) || state.countries.length <= ROWS_AT_FIRST;
  $("more").textContent = state.all ? `Show the first ${ROWS_AT_FIRST}` : `Show all ${state.countries.length}`;
}

function countryRow(row) {
  return el("tr", {}, ...COLUMNS.map((column) => {
    if (column.key === "name") {
      return el("th", { scope: "row", class: "name" }, el("button", { type: "button", title: "Show on the map", onclick: () => showCountry(row) }, row.name), " ", el("small", {}, row.territory));
    }
    if (column.cause) { const kind = mainCause(row); return el("td", { class: "cause" }, ...(kind ? [swatch(kind), kind.label] : ["–"])); }
    const cell = el("td", { class: column.key }, el("span", {}, column.text(row)));
    if (column.bar) {
      const bar = el("i", { class: "bar" }), fill = el("i");
      fill.style.width = `${row.people ? (100 * row.people_served) / row.people : 0}%`;
      bar.append(fill);
      cell.append(bar);
    }
    return cell;
  }));
}

function showCountry(row) {
  const middle = planet.middleOf(row.territory);
  if (!middle) return;
  planet.flyTo(...middle, 2.4);
  $("map").scrollIntoView({ block: "center", behavior: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

// ---- controls

$("search-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const place = $("search").value.trim();
  if (place) ask(place); else $("search").focus();
});
for (const example of document.querySelectorAll(".examples button")) {
  example.addEventListener("click", () => { $("search").value = example.textContent; ask(example.textContent); });
}
function setView(flat) {
  $("view-globe").setAttribute("aria-pressed", String(!flat));
  $("view-flat").setAttribute("aria-pressed", String(flat));
  document.body.classList.toggle("flat", flat);
  planet.zoom = 1;
  planet.setFlat(flat);
}
$("view-globe").addEventListener("click", () => setView(false));
$("view-flat").addEventListener("click", () => setView(true));
$("zoom-in").addEventListener("click", () => planet.zoomBy(1.5));
$("zoom-out").addEventListener("click", () => planet.zoomBy(1 / 1.5));
$("filter").addEventListener("input", showCountries);
$("more").addEventListener("click", () => { state.all = !state.all; showCountries(); });
$("home").addEventListener("click", (event) => { event.preventDefault(); if (state.place) close(); });
window.addEventListener("popstate", fromHash);
window.addEventListener("hashchange", fromHash);
window.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.place) close();
  if (event.key === "/" && !(event.target instanceof HTMLInputElement)) { event.preventDefault(); $("search").focus(); }
});
onTheme(() => { if (state.slot) { show(); planet.draw(); if (state.place) ask(state.place, { fly: false, quiet: true }); } });

start().catch((error) => {
  $("headline").textContent = "The service does not answer.";
  tell(`${error.message}. Is \`skyshed serve\` running? Reload the page to try again.`);
});
