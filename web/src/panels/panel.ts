// The panel of what is looked at. What fills it is loaded when it is first needed.

import { Problem } from "../api";
import type { App } from "../app";
import { announce, el, narrow, need, refill } from "../dom";
import type { Selection } from "../link";
import { texts } from "../texts";
import { forgetWay } from "../ways";

/** What a kind of selection puts into the panel; `fresh` where it was just chosen. Gives its title. */
export interface Filled { title: string; said: string; children: (Node | null)[] }
export type Fill = (app: App, id: string, fresh: boolean) => Promise<Filled>;

const FILLS: Record<Selection["kind"], () => Promise<Fill>> = {
  place: async () => (await import("./place")).place,
  territory: async () => (await import("./territory")).territory,
  satellite: async () => (await import("./satellite")).satellite,
  gateway: async () => (await import("./sites")).gateway,
  pop: async () => (await import("./sites")).pop,
};

const RESTS_AFTER_MS = 250;
let turn = 0;
let previewing = false;
const load = async (): Promise<typeof import("./preview")> => { previewing = true; return import("./preview"); };

export function wirePanel(app: App): void {
  app.on("selection", () => void show(app, true));
  app.on("preview", () => void show(app, true));
  // A time that is passed through is not asked about: only where the hand rests.
  let rests: ReturnType<typeof setTimeout> | undefined;
  app.on("moved", () => { clearTimeout(rests); rests = setTimeout(() => { if (app.link.selected?.kind === "place" && app.link.preview === null) void show(app, false); }, RESTS_AFTER_MS); });
  // A preview stays that of the slot it was asked in: planning it again each slot would cost more than it tells.
  app.on("slot", () => { if (app.link.selected && app.link.time_ms === null && app.link.preview === null) void show(app, false); });
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (app.link.selected || app.link.preview !== null) && !document.querySelector("dialog[open]") && !(event.target instanceof HTMLInputElement && event.target.value)) close(app);
  });
  need("#grab").addEventListener("click", () => {
    const sheet = need("#sheet"), open = sheet.classList.toggle("tall");
    need("#grab").setAttribute("aria-expanded", String(open));
  });
}

export function close(app: App): void {
  if (app.link.preview !== null) app.setPreview(null); else app.select(null);
  need("#globe").focus({ preventScroll: true });
}

async function show(app: App, fresh: boolean): Promise<void> {
  const mine = ++turn, panel = need("#panel"), { selected, preview } = app.link, shown = preview ?? selected;
  document.body.classList.toggle("asked", shown !== null);
  if (selected?.kind !== "place") forgetWay(app);
  if (selected?.kind !== "satellite") app.globe.satellites.pick(-1);
  if (preview === null && previewing) { previewing = false; void import("./preview").then(({ clearPreview }) => clearPreview(app)); }
  if (!shown) {
    panel.hidden = true;
    panel.replaceChildren();
    app.globe.ask();
    document.title = texts.title;
    app.fit();
    return;
  }
  if (fresh) {
    panel.hidden = false;
    panel.setAttribute("aria-busy", "true");
    if (!panel.hasChildNodes()) panel.replaceChildren(el("p", { class: "note" }, texts.loadingPart));
    app.fit();
  }
  try {
    const filled = preview !== null ? await (await load()).preview(app, preview, fresh) : await (await FILLS[selected!.kind]())(app, selected!.id, fresh);
    if (mine !== turn) return;
    refill(panel, header(app, filled.title), ...filled.children);
    document.title = texts.titleOf(filled.said);
    if (fresh) announce(filled.said);
  } catch (error) {
    if (mine !== turn) return;
    refill(panel, ...refusal(app, error));
    if (error instanceof Problem) announce(error.title);
  } finally {
    if (mine === turn) {
      panel.removeAttribute("aria-busy");
      if (fresh) {
        panel.scrollTop = 0;
        if (narrow.matches) need("#sheet").scrollTop = 0;
      }
    }
  }
}

function header(app: App, title: string): HTMLElement {
  const copy = el("button", { type: "button", class: "link", onclick: async () => { await navigator.clipboard?.writeText(location.href).catch(() => undefined); announce(texts.linkCopied); copy.textContent = texts.linkCopied; } }, texts.copyLink);
  return el("div", { class: "title" }, el("h2", {}, title), copy, el("button", { type: "button", class: "close", "aria-label": texts.close, onclick: () => close(app) }, "×"));
}

function refusal(app: App, error: unknown): (Node | null)[] {
  const problem = error instanceof Problem ? error : new Problem(0, texts.noAnswer, error instanceof Error ? error.message : String(error), []);
  const choices = problem.candidates.map((name) => el("li", {}, el("button", { type: "button", class: "choice", onclick: () => app.select({ kind: "place", id: name }) }, name)));
  return [header(app, problem.title || texts.noAnswer),
    choices.length ? el("p", {}, problem.status === 409 ? texts.whichOne : texts.closestNames) : el("p", {}, problem.detail),
    choices.length ? el("ul", { class: "choices" }, ...choices) : null];
}
