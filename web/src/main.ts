// The page: shows the planet as soon as the slot's raster is there, then everything else.

import "./style.css";
import { App } from "./app";
import { announce, el, narrow, need } from "./dom";
import { overview } from "./panels/overview";
import { legend } from "./panels/legend";
import { wireTop } from "./panels/top";
import { wirePanel } from "./panels/panel";
import { Live } from "./live";
import { Sky } from "./sky";
import { buildShell } from "./shell";
import { texts } from "./texts";

buildShell();
start().catch((error: unknown) => {
  need("#headline").textContent = texts.noService;
  need("#banners").replaceChildren(el("p", {}, error instanceof Error ? error.message : String(error)));
});

async function start(): Promise<void> {
  if (!document.createElement("canvas").getContext("webgl2")) {
    need("#banners").append(el("p", {}, texts.noWebgl));
  }
  const app = new App(need<HTMLCanvasElement>("#globe"), (point, x, y) => void hand.then(({ pick }) => pick(app, point, x, y)), (point, x, y) => void hand.then(({ hover }) => hover(app, point, x, y)));
  const known = Promise.all([app.loadGround(), app.loadSlot()]);
  const hand = import("./pick");
  wireTop(app);
  wirePanel(app);
  app.on("slot", () => { overview(app); legend(app); app.fit(); });
  app.on("territories", () => { overview(app); legend(app); });
  app.on("layer", () => legend(app));
  app.on("selection", () => app.fit());
  app.on("table", () => { if (app.link.table !== null || document.querySelector("dialog.tables[open]")) void import("./panels/tables").then(({ showTables }) => showTables(app, app.link.table));
    if (app.link.lone || document.querySelector("dialog.lone[open]")) void import("./panels/lone").then(({ showLone }) => showLone(app, app.link.lone)); });
  narrow.addEventListener("change", () => app.fit());
  await known;
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("skyshed-first-picture")));
  // For the bench, and for those who look into the page.
  Object.assign(globalThis, { skyshed: app });
  const quietly = (work: Promise<unknown>): void => { work.catch((error: unknown) => console.warn(String(error))); };
  quietly(app.loadBorders());
  new Live(app);
  new Sky(app);
  quietly(app.loadTerritories());
  quietly(import("./panels/timebar").then(({ timebar }) => timebar(app)));
  quietly(import("./labels").then(({ labels }) => labels(app)));
  quietly(import("./cells").then(({ nearCells }) => nearCells(app)));
  quietly(import("./panels/sites").then(({ loadSites }) => loadSites(app)));
  app.tell("selection");
  app.tell("table");
  app.tell("preview");
  announce(need("#headline").textContent ?? "");
}
