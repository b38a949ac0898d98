// Requests and the log's records, as tables; the whole log verified here.

import { all, json, type Page } from "../api";
import type { App } from "../app";
import { announce, el, facts } from "../dom";
import { day, moment, whole } from "../format";
import { texts } from "../texts";
import { verify } from "../verify";
import { table } from "./table";

interface RequestRow { request: number; territory: string; classes: string[]; to: string; reason_code: string; reason_text: string; requester: string; status: string; witnessed_at: string; effective_from: string | null; decision: number | null; in_words: string }
interface EntryRow { number: number; type: string | null; summary: string | null; status: string[]; witnessed_at: string | null; flags: string[] }

export async function requests(app: App): Promise<Node[]> {
  const rows = await all<RequestRow>("/api/v1/requests");
  const territory = (id: string): HTMLElement => el("button", { type: "button", class: "link", onclick: () => { app.setTable(null); app.select({ kind: "territory", id }); } }, id);
  return [table(texts.tabs.requests, [
    { label: texts.request, value: ({ request }) => request, show: ({ request }) => el("a", { href: `/api/v1/requests/${request}` }, String(request)), number: true },
    { label: texts.territory, value: ({ territory: id }) => id, show: ({ territory: id }) => territory(id) },
    { label: texts.asksFor, value: ({ to }) => to },
    { label: texts.standing, value: ({ status, in_words }) => `${texts.statuses[status] ?? status}: ${in_words}`, wide: true },
    { label: texts.decision, value: ({ decision }) => decision, number: true },
    { label: texts.reason, value: ({ reason_text }) => reason_text, wide: true },
    { label: texts.askedBy, value: ({ requester }) => requester },
    { label: texts.witnessedAt, value: ({ witnessed_at }) => witnessed_at, show: ({ witnessed_at }) => day(witnessed_at) },
  ], rows)];
}

export async function logEntries(app: App): Promise<Node[]> {
  if (!app.slot?.log) return [el("p", {}, texts.noLog(app.slot?.what_if ?? ""))];
  const ask = (cursor: string | null): Promise<Page<EntryRow>> => json(`/api/v1/log/entries?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  let page = await ask(null);
  return [wholeLog(app), table(texts.tabs.log, [
    { label: texts.recordHead, value: ({ number }) => number, show: ({ number }) => el("a", { href: `/api/v1/log/entries/${number}` }, String(number)), number: true },
    { label: texts.kind, value: ({ type }) => type },
    { label: texts.says, value: ({ summary }) => summary, wide: true },
    { label: texts.standing, value: ({ status, flags }) => [...status, ...flags].join("; ") || "–", wide: true },
    { label: texts.witnessedAt, value: ({ witnessed_at }) => witnessed_at, show: ({ witnessed_at }) => (witnessed_at ? moment(witnessed_at) : "–") },
  ], page.items, { total: page.total, next: async () => { page = page.next ? await ask(page.next) : { ...page, items: [] }; return page.items; } })];
}

/** Everything that is there, verified here: each signature, each record, each decision derived again. */
function wholeLog(app: App): HTMLElement {
  const log = app.slot!.log!, said = el("div", { class: "verified", role: "status" });
  const button = el("button", { type: "button", class: "main", onclick: () => void check() }, texts.verifyLog);
  async function check(): Promise<void> {
    button.disabled = true;
    said.replaceChildren(el("p", { class: "note" }, texts.loadingPart));
    const told = await verify({ log: true });
    button.disabled = false;
    if ("failed" in told || !told.verdict.holds) {
      said.replaceChildren(el("p", { class: "refused" }, `✕ ${texts.logDoesNotHold}`), el("code", {}, "failed" in told ? told.failed : told.verdict.holds ? "" : told.verdict.message));
      announce(texts.logDoesNotHold);
      return;
    }
    const answer = told.verdict.answer as { size: number; decisions: number; witnesses: string[] };
    const holds = texts.logHolds(whole(answer.size), whole(answer.decisions), new Set(answer.witnesses).size);
    said.replaceChildren(el("p", { class: "holds" }, `✓ ${holds}`), el("p", { class: "note" }, texts.checkedLine(told.ms.toFixed(0), whole(told.bytes))));
    announce(holds);
  }
  return el("div", { class: "wholelog" },
    facts([[texts.log, log.origin], [texts.logSize, whole(log.size)], [texts.root, el("code", {}, log.root)], [texts.witnesses, whole(log.witnesses)], log.witnessed_at ? [texts.witnessedAt, moment(log.witnessed_at)] : null]),
    el("p", { class: "actions" }, button, el("a", { class: "plain", href: "/log/checkpoint", download: "checkpoint" }, texts.downloadCheckpoint)), said, el("p", { class: "note" }, texts.trustNote));
}
