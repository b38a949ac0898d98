// One territory: what is decided, what is enforced, what is observed, side by side; who signed, its history, and its proof.

import { json, type Decision } from "../api";
import type { App, Territory } from "../app";
import { el, facts } from "../dom";
import { day, moment, people, percent, whole, words } from "../format";
import { decidedOf } from "../states";
import { texts } from "../texts";
import { colourOf } from "../theme";
import { proof } from "./proof";
import type { Filled } from "./panel";

interface Decided {
  territory: string; decision: number; request: number; classes: string[]; state: string; reason_code: string; reason_text: string; legal_basis: string | null;
  requester: string; on_behalf_of: string; signed_by: { approver: string; organisation: string; record: number }[]; quorum: string; policy_version: number;
  effective_from: string; effective_until: string | null; review_by: string; overdue: boolean; zone_sha256: string; proof: string | null;
}
interface Enforced {
  slot_time: string; policy: string; state: string; cells_active: number; cells_served: number; stale: boolean;
  heartbeats: { enforcer: string; log_size: number; record: number; at: string }[];
}
interface Observed { by: string; served: boolean; from: string; until: string | null; source: string; description: string; record: number }
interface Detail extends Territory {
  time: string; zone: { cell_count: number; cells_sha256: string; log_cells_sha256: string | null }; explained_by: Decision | null;
  decided: Decided[] | null; enforced: Enforced; observed: Observed[] | null;
  history: { at: string; class: string; from: number | null; to: number | null; state: string | null; cause: string }[] | null;
  pending: { request: number; to: string; status: string; in_words: string; requester: string }[] | null;
}

export async function territory(app: App, id: string, fresh: boolean): Promise<Filled> {
  const detail = await json<Detail>(`/api/v1/territories/${encodeURIComponent(id)}`);
  if (fresh) look(app, detail.id);
  const [main] = detail.decided ?? [], state = decidedOf(detail.decision_state), other = detail.state === "off" ? "on" : "off";
  return {
    title: detail.name, said: `${detail.name}: ${state.label}`,
    children: [
      el("p", { class: "where" }, `${texts.kinds[detail.kind] ?? words(detail.kind)} ${detail.id}${detail.claims.length ? `, ${texts.claimedBy(detail.claims.join(", "))}` : ""} · ${texts.cells(detail.cells)}, ${texts.people(people(detail.people))}`),
      el("div", { class: "columns" }, decidedColumn(detail), enforcedColumn(app, detail), observedColumn(detail)),
      detail.enforced.heartbeats.length ? el("p", { class: "note" }, detail.enforced.heartbeats.map((one) => texts.heartbeatLine(one.enforcer, whole(one.log_size), moment(one.at))).join("; ")) : null,
      main || detail.explained_by ? el("blockquote", {}, main?.reason_text ?? detail.explained_by!.reason) : el("p", {}, texts.nobodyDecided),
      el("p", { class: "actions" }, el("button", { type: "button", class: "main", onclick: () => app.setPreview(`${detail.id}=${other}`) }, texts.previewOf(detail.name, decidedOf(other).label.toLowerCase()))),
      ...(detail.decided ?? []).map((one) => signed(app, one, detail)),
      detail.pending ? pending(detail.pending) : null,
      detail.history ? history(detail.history) : null,
      el("p", { class: "small" }, el("a", { href: `/api/v1/territories/${encodeURIComponent(id)}` }, texts.asJson)),
    ],
  };
}

/** Turns to a territory, as near as it fits. */
function look(app: App, id: string): void {
  const middle = !app.mayFly ? null : app.ground?.middleOf(id);
  if (middle) app.globe.flyTo(middle.point, 1.2 + Math.min(1.8, middle.reach_deg / 16));
}

const column = (title: string, note: string, ...children: (Node | null)[]): HTMLElement => el("section", { class: "column" }, el("h3", {}, title), el("p", { class: "note" }, note), ...children);

function decidedColumn(detail: Detail): HTMLElement {
  const state = decidedOf(detail.decision_state), several = (detail.decided ?? []).length > 1;
  return column(texts.decidedTitle, texts.decidedNote,
    el("p", { class: "badge", color: colourOf(state) }, el("i", { class: "swatch", color: colourOf(state) }), state.label),
    facts([
      detail.decision === null ? null : [texts.decision, `No. ${detail.decision}`],
      detail.since ? [texts.since, day(detail.since)] : null,
      detail.review_by ? [texts.review, `${day(detail.review_by)}${detail.overdue ? `, ${texts.overdue}` : ""}`] : null,
      several ? [texts.classesTitle, detail.decided!.map((one) => `${classNames(one.classes)}: ${one.state}`).join("; ")] : null,
    ], "facts narrow"));
}

const classNames = (classes: string[]): string => (classes.length === Object.keys(texts.classes).length ? texts.allClasses : classes.map((name) => texts.classes[name] ?? name).join(", "));

function enforcedColumn(app: App, { enforced, cells, people: living, people_served }: Detail): HTMLElement {
  const obeyed = app.slot?.log?.size;
  const [beat] = enforced.heartbeats;
  return column(texts.enforcedTitle, texts.enforcedNote,
    el("p", { class: "figure" }, percent(enforced.cells_active, cells), el("small", {}, texts.ofCellsActive)),
    facts([
      [texts.cellsServed, texts.of(whole(enforced.cells_served), whole(cells))],
      [texts.peopleServed, percent(people_served, living)],
      [texts.obeys, `${obeyed ? texts.logAt(whole(obeyed)) : enforced.policy}${enforced.stale ? `, ${texts.staleWord}` : ""}`],
      beat ? [texts.heartbeat, texts.logAt(whole(beat.log_size))] : null,
    ], "facts narrow"));
}

function observedColumn({ observed }: Detail): HTMLElement {
  return column(texts.observedTitle, texts.observedNote,
    observed?.length
      ? el("ul", { class: "seen" }, ...observed.slice(0, 4).map((one) => el("li", {}, el("b", {}, one.served ? texts.seenService : texts.seenNone), ` ${texts.seenBy(one.by, one.source, day(one.from), one.until ? day(one.until) : null)}`, el("small", {}, one.description))))
      : el("p", { class: "none" }, texts.noObservations));
}

function signed(app: App, one: Decided, detail: Detail): HTMLElement {
  const inherited = one.territory === detail.id ? "" : `, ${texts.onTerritory(one.territory)}`;
  return el("section", {}, el("h3", {}, `${texts.decisionTitle(one.decision, one.state)}${inherited}`),
    el("p", { class: "note" }, classNames(one.classes)),
    el("ul", { class: "signers", "aria-label": texts.signedBy }, ...one.signed_by.map(({ approver, organisation, record }) => el("li", {}, el("b", {}, approver.split("@")[0]!), el("span", {}, organisation), el("a", { href: `/api/v1/log/entries/${record}`, class: "small" }, texts.record(record))))),
    el("p", { class: "note" }, texts.needed(one.quorum, one.policy_version)),
    facts([
      [texts.askedBy, texts.askedFor(one.requester, one.on_behalf_of)],
      [texts.reason, words(one.reason_code)],
      one.legal_basis ? [texts.restsOn, one.legal_basis] : null,
      [texts.since, day(one.effective_from)],
      one.effective_until ? [texts.until, day(one.effective_until)] : null,
      [texts.review, `${day(one.review_by)}${one.overdue ? `, ${texts.overdue}` : ""}`],
      [texts.zone, el("code", {}, one.zone_sha256)],
    ]),
    one.proof ? proof(app, one.decision, one.proof) : null);
}

function pending(list: NonNullable<Detail["pending"]>): HTMLElement {
  return el("section", {}, el("h3", {}, texts.pendingTitle),
    list.length ? el("ul", { class: "list" }, ...list.map((one) => el("li", {}, el("b", {}, texts.requestTo(one.request, one.to)), ` ${one.in_words}`))) : el("p", { class: "note" }, texts.nonePending));
}

function history(list: NonNullable<Detail["history"]>): HTMLElement {
  const steps = new Map<string, { at: string; cause: string; to: number | null; state: string | null; classes: string[] }>();
  for (const { at, cause, to, state, class: name } of list) {
    const key = `${at} ${cause} ${to}`, held = steps.get(key) ?? { at, cause, to, state, classes: [] };
    held.classes.push(name);
    steps.set(key, held);
  }
  return el("section", {}, el("h3", {}, texts.historyTitle),
    steps.size ? el("ol", { class: "list history" }, ...[...steps.values()].map(({ at, cause, to, state, classes }) =>
      el("li", {}, el("time", { dateTime: at }, moment(at)), ` ${to === null ? texts.noDecisionLeft : `${texts.decision} ${to}: ${state}`} (${words(cause)}, ${classNames(classes)})`))) : el("p", { class: "note" }, texts.noHistory));
}
