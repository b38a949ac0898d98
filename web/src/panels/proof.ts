// A decision's proof: downloaded as a file, and verified here.

import type { App } from "../app";
import { announce, el, facts } from "../dom";
import { moment, whole } from "../format";
import { texts } from "../texts";
import { verify } from "../verify";

/** Those of a log of this size: each slot fills the panel anew, and a verdict stands until the log has grown. */
const made = new Map<string, HTMLElement>();
let size: number | undefined;

export function proof(app: App, decision: number, path: string): HTMLElement {
  if (app.slot?.log?.size !== size) made.clear();
  size = app.slot?.log?.size;
  const node = made.get(path) ?? make(app, decision, path);
  made.set(path, node);
  return node;
}

function make(app: App, decision: number, path: string): HTMLElement {
  const said = el("div", { class: "verified", role: "status" });
  const button = el("button", { type: "button", class: "plain", onclick: () => void check() }, texts.verifyHere);
  async function check(): Promise<void> {
    button.disabled = true;
    said.replaceChildren(el("p", { class: "note" }, texts.loadingPart));
    const told = await verify({ decision });
    button.disabled = false;
    if ("failed" in told) { said.replaceChildren(el("p", { class: "refused" }, `✕ ${told.failed}`)); return; }
    if (!told.verdict.holds) { said.replaceChildren(el("p", { class: "refused" }, `✕ ${texts.doesNotHold}`), el("code", {}, told.verdict.message)); announce(texts.doesNotHold); return; }
    const { answer } = told.verdict;
    said.replaceChildren(el("p", { class: "holds" }, `✓ ${texts.holds(decision)}`), facts([
      [texts.log, answer.origin], [texts.logSize, whole(answer.size)], [texts.witnessedAt, moment(answer.witnessed_at)], [texts.checkedIn, texts.checkedLine(told.ms.toFixed(0), whole(told.bytes))],
    ]));
    announce(texts.holds(decision));
  }
  return el("div", { class: "proof" }, el("h4", {}, texts.proofTitle),
    el("p", { class: "actions" }, button, el("a", { class: "plain", href: path, download: `${decision}.tlog-proof` }, texts.downloadProof)),
    said,
    el("p", { class: "note" }, texts.proofNote(app.slot?.log?.origin ?? "")));
}
