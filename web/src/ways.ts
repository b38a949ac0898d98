// The way of a packet over the globe: it follows its satellites while they move.

import { json, type Why } from "./api";
import type { App } from "./app";
import { pointOf, vector, way, type Point, type Vec } from "./geometry";
import { rgba, type Rgba } from "./globe/lines";
import { causeOf } from "./states";
import { texts } from "./texts";
import { colourOf, isDark } from "./theme";

/** One end of a hop: stands still, or is a satellite. */
interface End { point: Point; at: () => Vec; label: string; flies: boolean }
interface Placed { catalog_number: number; latitude_deg: number | null; longitude_deg: number | null; altitude_km: number | null }

let shown: { ends: End[]; kinds: string[] } | null = null;

export const wayLabels = (): { at: Vec; label: string }[] => (shown ? shown.ends.filter(({ label }) => label).map(({ at, label }) => ({ at: at(), label })) : []);

/** Draws a place and its way; gives the points on the ground that belong in view. */
export async function drawWay(app: App, why: Why): Promise<Point[]> {
  const still = (point: Point, label: string): End => ({ point, at: () => vector(point, 6), label, flies: false });
  const place: Point = { lat: why.place.latitude_deg, lon: why.place.longitude_deg };
  const ends = [still(place, /^-?\d/.test(why.place.name) ? why.place.name : why.place.name.split(",")[0]!)];
  if (why.path) {
    const { path } = why, numbers = path.satellites.map(({ catalog_number }) => catalog_number);
    const found = await json<{ satellites: Placed[] }>(`/api/v1/satellites?catalog_number=${numbers.join(",")}`).catch(() => ({ satellites: [] as Placed[] }));
    for (const number of numbers) {
      const one = found.satellites.find(({ catalog_number }) => catalog_number === number);
      if (one?.latitude_deg == null || one.longitude_deg == null) continue;
      const point = { lat: one.latitude_deg, lon: one.longitude_deg }, fallback = vector(point, one.altitude_km ?? 550);
      ends.push({ point, at: () => app.satelliteAt(number) ?? fallback, label: "", flies: true });
    }
    const gateway = path.gateway.name.split(",")[0]!, one = path.pop.name === gateway;
    ends.push(still({ lat: path.gateway.latitude_deg, lon: path.gateway.longitude_deg }, one ? texts.gatewayAndPop(gateway) : texts.gatewayAt(gateway)));
    ends.push(still({ lat: path.pop.latitude_deg, lon: path.pop.longitude_deg }, one ? "" : texts.popAt(path.pop.name)));
  }
  shown = { ends, kinds: why.path ? why.path.hops.map(({ kind }) => kind) : [] };
  app.drawMoving = () => paint(app, colourOf(causeOf(why.served ? "served" : why.cause)));
  app.drawMoving();
  app.globe.ask();
  return ends.map(({ point }) => point);
}

export function forgetWay(app: App): void {
  shown = null;
  app.drawMoving = () => undefined;
  app.globe.ways.setChains([]);
}

function paint(app: App, placeColour: string): void {
  if (!shown) return;
  const { ends } = shown, chains: { points: Vec[]; colour: Rgba }[] = [];
  const ink = isDark() ? rgba("#ffffff", 1) : rgba("#0b1526", 1), laser = isDark() ? rgba("#ff8fcb", 1) : rgba("#b01f74", 1), fibre = isDark() ? rgba("#f2cb3d", 1) : rgba("#8a6500", 1);
  for (let k = 1; k < ends.length; k++) {
    const [from, to] = [ends[k - 1]!, ends[k]!], points = way(from.at(), to.at(), 24);
    const colour = from.flies && to.flies ? laser : from.flies || to.flies ? ink : fibre;
    chains.push({ points, colour });
  }
  // The place itself: a ring on the ground.
  chains.push({ points: ring(ends[0]!.point, 0.012 * Math.min(1, app.globe.view.distance - 1)), colour: ink });
  chains.push({ points: ring(ends[0]!.point, 0.007 * Math.min(1, app.globe.view.distance - 1)), colour: rgba(placeColour, 1) });
  app.globe.ways.setChains(chains);
}

/** A circle on the ground, its radius in Earth radii. */
export function ring(middle: Point, radius: number): Vec[] {
  const up = vector(middle), east: Vec = [-Math.sin((middle.lon * Math.PI) / 180), Math.cos((middle.lon * Math.PI) / 180), 0];
  const north: Vec = [up[1] * east[2] - up[2] * east[1], up[2] * east[0] - up[0] * east[2], up[0] * east[1] - up[1] * east[0]];
  return Array.from({ length: 33 }, (_, step) => {
    const [c, s] = [Math.cos((step * Math.PI) / 16) * radius, Math.sin((step * Math.PI) / 16) * radius];
    return vector(pointOf([up[0] + c * east[0] + s * north[0], up[1] + c * east[1] + s * north[1], up[2] + c * east[2] + s * north[2]]), 6);
  });
}
