// Gateways and points of presence: on the globe, and each on its own.

import { all } from "../api";
import type { App } from "../app";
import { el, facts } from "../dom";
import { degrees, whole } from "../format";
import { texts } from "../texts";
import type { Filled } from "./panel";
import type { SiteRow } from "./tables";

let held: { gateways: SiteRow[]; pops: SiteRow[] } | null = null;

async function sites(): Promise<{ gateways: SiteRow[]; pops: SiteRow[] }> {
  const [gateways, pops] = await Promise.all([all<SiteRow>("/api/v1/gateways"), all<SiteRow>("/api/v1/pops")]);
  held = { gateways, pops };
  return held;
}

export async function loadSites(app: App): Promise<void> {
  const { gateways, pops } = await sites();
  const point = ({ latitude_deg, longitude_deg }: SiteRow): { lat: number; lon: number } => ({ lat: latitude_deg, lon: longitude_deg });
  app.globe.sites.set([...gateways.map((site) => ({ ...point(site), pop: false })), ...pops.map((site) => ({ ...point(site), pop: true }))]);
  app.globe.sites.points.visible = app.sitesShown;
  app.siteOf = (index) => (index < gateways.length ? { kind: "gateway", id: gateways[index]!.name } : { kind: "pop", id: pops[index - gateways.length]!.name });
  app.globe.ask();
}

async function site(app: App, kind: "gateway" | "pop", name: string, fresh: boolean): Promise<Filled> {
  const list = fresh && held ? held : await sites();
  const found = (kind === "gateway" ? list.gateways : list.pops).find((one) => one.name === name);
  if (!found) throw new Error(texts.noSite(name));
  if (fresh && !app.link.view) app.globe.flyTo({ lat: found.latitude_deg, lon: found.longitude_deg }, Math.min(app.globe.view.distance, 1.6));
  const title = `${kind === "gateway" ? texts.gateway : texts.pop}: ${found.name}`;
  return {
    title, said: title,
    children: [
      el("p", { class: "where" }, degrees(found.latitude_deg, found.longitude_deg), found.approximate ? `, ${texts.approximate}` : ""),
      facts([
        [texts.territory, el("button", { type: "button", class: "link", onclick: () => app.select({ kind: "territory", id: found.territory ?? found.country }) }, found.territory ?? found.country)],
        [texts.carried, whole(found.carried_gbps)],
        found.capacity_gbps == null ? null : [texts.capacity, whole(found.capacity_gbps)],
        [texts.full, found.full ? texts.yes : texts.no],
      ]),
    ],
  };
}

export const gateway = (app: App, id: string, fresh: boolean): Promise<Filled> => site(app, "gateway", id, fresh);
export const pop = (app: App, id: string, fresh: boolean): Promise<Filled> => site(app, "pop", id, fresh);
