// The real cells around the middle of the view, with their outlines and causes, once the camera is near enough to tell them apart.

import { all } from "./api";
import type { App } from "./app";
import { EARTH_RADIUS_KM, apart, type Point } from "./geometry";
import { causeOf } from "./states";
import { colourOf, isDark, onTheme } from "./theme";

export interface Cell {
  cell: string; latitude_deg: number; longitude_deg: number; boundary: [number, number][]; territory: string; people: number;
  served: boolean; cause: string | null; satellite: { name: string; catalog_number: number } | null; elevation_deg: number | null; rtt_ms: number | null; rate_mbps: number | null;
}
/** Nearer than this, cells are wide enough on the screen to be told apart. */
export const NEAR = 1.11;
const RADIUS_MAX_KM = 300;

export function nearCells(app: App): void {
  let shown: { middle: Point; radius_km: number; slot: string } | null = null, asked = 0, held: Cell[] = [];
  const paint = (): void => {
    const picked = app.link.selected?.kind === "place" ? app.link.selected.id : null;
    app.globe.near.set(held.map(({ cell, boundary, served, cause }) => ({ boundary, colour: colourOf(causeOf(served ? "served" : cause)), picked: cell === picked })), isDark() ? "#ffffff" : "#0b1526");
    app.globe.changed();
  };
  const update = async (): Promise<void> => {
    const { lat, lon, distance } = app.globe.view, slot = app.slot?.time ?? "";
    if (distance > NEAR) {
      if (held.length) { held = []; shown = null; paint(); }
      return;
    }
    const radius_km = Math.min(RADIUS_MAX_KM, Math.max(40, (distance - 1) * EARTH_RADIUS_KM * 0.62));
    const far_km = shown ? (apart(shown.middle, { lat, lon }) * Math.PI * EARTH_RADIUS_KM) / 180 : Infinity;
    if (shown && shown.slot === slot && far_km < 0.3 * radius_km && shown.radius_km > 0.7 * radius_km) return;
    const mine = ++asked;
    const cells = await all<Cell>(`/api/v1/cells?near=${lat.toFixed(3)},${lon.toFixed(3)}&radius_km=${radius_km.toFixed(0)}`).catch(() => null);
    if (mine !== asked || !cells) return;
    held = cells;
    shown = { middle: { lat, lon }, radius_km, slot };
    app.nearCells = cells;
    paint();
  };
  let wait: ReturnType<typeof setTimeout> | undefined;
  app.on("view", () => { clearTimeout(wait); wait = setTimeout(() => void update(), 250); });
  app.on("slot", () => void update());
  app.on("selection", () => { if (held.length) paint(); });
  onTheme(() => { if (held.length) paint(); });
  void update();
}
