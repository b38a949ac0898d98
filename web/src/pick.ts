// What lies under the pointer.

import type { App } from "./app";
import { el, need } from "./dom";
import type { Point } from "./geometry";
import { decidedOf } from "./states";
import { colourOf } from "./theme";

const SITE_WITHIN_PX = 10, SATELLITE_WITHIN_PX = 6;

/** A gateway or point of presence under the pointer, else a satellite when near, else the place. */
export function pick(app: App, point: Point, x: number, y: number): void {
  app.select(thing(app, x, y) ?? { kind: "place", id: `${point.lat.toFixed(4)},${point.lon.toFixed(4)}` });
}

function thing(app: App, x: number, y: number): { kind: "gateway" | "pop" | "satellite"; id: string } | null {
  const { globe } = app;
  if (globe.sites.points.visible) {
    const site = nearest(globe.sites.places.length, (index) => globe.project(globe.sites.places[index]!), x, y, SITE_WITHIN_PX);
    if (site >= 0) return app.siteOf(site);
  }
  // Ten thousand satellites cover the planet when it is small: they are picked once there is room between them.
  if (globe.satellites.points.visible && globe.view.distance < 2.2) {
    const now = app.clock.now();
    const index = nearest(globe.satellites.count, (k) => { const at = globe.satellites.at(k, now); return at && globe.project(at); }, x, y, SATELLITE_WITHIN_PX);
    const number = app.catalogNumbers[index];
    if (number !== undefined) return { kind: "satellite", id: String(number) };
  }
  return null;
}

function nearest(count: number, place: (index: number) => [number, number] | null, x: number, y: number, within: number): number {
  let best = -1, least = within;
  for (let index = 0; index < count; index++) {
    const at = place(index);
    const far = at ? Math.hypot(at[0] - x, at[1] - y) : Infinity;
    if (far < least) { least = far; best = index; }
  }
  return best;
}

export function hover(app: App, point: Point | null, x: number, y: number): void {
  const tip = need("#tip"), seen = point && app.ground?.at(point);
  tip.hidden = !seen;
  if (!seen) return;
  const territory = app.territory(seen.root.id);
  const state = app.link.layer === "territories" && territory ? decidedOf(territory.decision_state) : seen.cause;
  const name = seen.leaf === seen.root ? seen.leaf.name : `${seen.leaf.name}, ${seen.root.name}`;
  tip.replaceChildren(el("i", { class: "swatch", color: colourOf(state) }), `${name}: ${state.label.toLowerCase()}`);
  tip.style.transform = `translate(${Math.min(x + 14, app.globe.canvas.clientWidth - tip.offsetWidth - 6)}px, ${Math.max(4, y - 36)}px)`;
}
