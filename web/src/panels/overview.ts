// The four questions: who is served, by what, who decided it, and what if it changed.

import type { App } from "../app";
import { el, need, refill } from "../dom";
import { age, ms, people, whole } from "../format";
import { CAUSES } from "../states";
import { texts } from "../texts";
import { colourOf } from "../theme";

export function overview(app: App): void {
  if (!app.slot) return;
  refill(need("#answers"), who(app), byWhat(app), whoDecided(app), whatIf(app));
}

function who(app: App): HTMLElement {
  const { people: all, cells, causes } = app.slot!;
  const short = (count: number): string => (count >= 1e9 && all.total >= 1e9 ? (count / 1e9).toFixed(2) : people(count));
  const parts = CAUSES.map((state) => ({ state, count: state.name === "served" ? { cells: cells.served, people: all.served } : (causes[state.name] ?? { cells: 0, people: 0 }) }));
  const bar = el("div", { class: "share", role: "img", "aria-label": parts.filter(({ count }) => count.people).map(({ state, count }) => `${state.label}: ${texts.people(people(count.people))}`).join("; ") });
  for (const { state, count } of parts) {
    if (!count.people) continue;
    const part = el("i", { color: colourOf(state) });
    part.style.flexGrow = String(count.people / all.total);
    bar.append(part);
  }
  const [before, served, after] = texts.whoLine(short(all.served), people(all.total));
  return el("div", { class: "question who" },
    el("h1", { id: "headline" }, el("span", { class: "asked" }, texts.who), " ", before, el("b", {}, served), after),
    bar,
    el("ul", { class: "parts" }, ...parts.filter(({ count }) => count.people).map(({ state, count }) =>
      el("li", {}, el("i", { class: "swatch", color: colourOf(state) }), el("b", {}, people(count.people)), ` ${state.label.toLowerCase()}`))));
}

function byWhat(app: App): HTMLElement {
  const { satellites, links, rtt_ms, ground, elements } = app.slot!;
  const gateways = links.find((link) => link.class === "gateways");
  const name = elements.source.replace(/^preset:/, "");
  return el("div", { class: "question" },
    el("h2", {}, texts.byWhat),
    el("p", {}, el("b", {}, texts.byWhatLine(whole(satellites.serving), whole(satellites.total), name)),
      ` (${elements.designed ? texts.designed : texts.real(age((elements.age_hours ?? 0) * 3600))}), `,
      texts.byWhatGround(texts.of(whole(gateways?.used ?? ground.gateways), whole(ground.gateways)), whole(ground.pops)),
      rtt_ms ? `, ${texts.byWhatRtt(ms(rtt_ms.p50))}.` : "."));
}

function whoDecided(app: App): HTMLElement {
  const { log, what_if } = app.slot!;
  const tops = app.territories.filter(({ kind, parent }) => (kind === "country" || kind === "disputed") && parent === null);
  const on = tops.filter(({ state }) => state !== "off").length;
  const off = tops.length - on;
  return el("div", { class: "question" },
    el("h2", {}, texts.whoDecided),
    log
      ? el("p", {}, el("b", {}, texts.whoDecidedLine(whole(log.size), log.witnesses)), " ", tops.length ? texts.whoDecidedCounts(whole(on), whole(off)) : texts.whoDecidedCounting)
      : el("p", {}, el("b", {}, texts.noLog(what_if ?? ""))),
    el("p", { class: "actions" },
      el("button", { type: "button", class: "link", onclick: () => app.setTable("territories") }, texts.seeTerritories),
      log ? el("button", { type: "button", class: "link", onclick: () => app.setLone(true) }, texts.seeLone) : null));
}

function whatIf(app: App): HTMLElement {
  return el("div", { class: "question" },
    el("h2", {}, texts.whatIf),
    el("p", {}, texts.whatIfLine),
    el("p", { class: "actions" }, el("button", { type: "button", class: "main", onclick: () => app.setPreview("?") }, texts.whatIfButton)));
}
