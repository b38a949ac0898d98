// Can one person do it? What a lone person could try with a decision, tried here for real, and what the verifier says to it.

import type { App } from "../app";
import { announce, el, need } from "../dom";
import { texts } from "../texts";
import { verify } from "../verify";
import type { Tampering } from "../workers/verify";

const TRIES: Tampering[] = ["approvals", "request", "witnesses"];
let dialog: HTMLDialogElement | null = null;

export async function showLone(app: App, wanted: boolean): Promise<void> {
  if (!wanted) { dialog?.close(); return; }
  if (!dialog) {
    dialog = el("dialog", { class: "lone", "aria-label": texts.loneTitle });
    dialog.addEventListener("close", () => { if (app.link.lone) app.setLone(false); });
    document.body.append(dialog);
  }
  if (!app.territories.length) await app.loadTerritories();
  const { selected } = app.link;
  const chosen = app.territories.find((one) => selected?.kind === "territory" && one.id === selected.id && one.decision !== null) ?? app.territories.find((one) => one.state === "off" && one.decision !== null && one.kind === "country" && one.claims.length) ?? app.territories.find((one) => one.decision !== null);
  const results = el("ol", { class: "tries", "aria-live": "polite" }), end = el("p", { class: "end" });
  const start = el("button", { type: "button", class: "main", onclick: () => void attempt() }, texts.loneTry);
  dialog.replaceChildren(
    el("header", {}, el("h2", {}, texts.loneTitle), el("button", { type: "button", class: "close", "aria-label": texts.close, onclick: () => dialog!.close() }, "×")),
    el("div", { class: "body" },
      el("p", {}, texts.loneIntro),
      chosen ? el("p", {}, texts.loneWhat(chosen.decision!, chosen.name)) : el("p", {}, texts.loneNothing),
      el("p", { class: "actions" }, chosen ? start : null),
      results, end));
  if (!dialog.open) dialog.showModal();
  (chosen ? start : need<HTMLElement>(".close", dialog)).focus();

  async function attempt(): Promise<void> {
    start.disabled = true;
    results.replaceChildren();
    end.textContent = "";
    let refused = 0;
    const untouched = await verify({ decision: chosen!.decision! });
    const holds = "verdict" in untouched && untouched.verdict.holds;
    results.append(row(texts.loneUntouched, holds, holds ? texts.loneHolds : message(untouched)));
    for (const tampering of TRIES) {
      const told = await verify({ decision: chosen!.decision!, tampering });
      const accepted = "verdict" in told && told.verdict.holds;
      if (!accepted) refused += 1;
      results.append(row(texts.loneTries[tampering]!, accepted, accepted ? texts.loneHolds : message(told)));
    }
    end.textContent = texts.loneEnd(refused, TRIES.length);
    announce(end.textContent);
    start.disabled = false;
  }
}

const message = (told: Awaited<ReturnType<typeof verify>>): string => ("failed" in told ? told.failed : told.verdict.holds ? "" : told.verdict.message);

function row(what: string, holds: boolean, said: string): HTMLElement {
  return el("li", { class: holds ? "holds" : "refused" }, el("b", {}, what), el("span", { class: "verdict" }, holds ? `✓ ${texts.loneVerified}` : `✕ ${texts.loneRefused}`), el("code", {}, said));
}
