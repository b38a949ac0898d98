// Gateways and points of presence: on the globe, and each on its own.

import { all } from "../api";
import type { App } from "../app";
import { el, facts } from "../dom";
import { degrees, people, whole } from "../format";
import { texts } from "../texts";
import type { Filled } from "./panel";
import type { GatewayRow, PopRow, SiteRow } from "./tables";

let held: { gateways: GatewayRow[]; pops: PopRow[] } | null = null;

async function sites(): Promise<{ gateways: GatewayRow[]; pops: PopRow[] }> {
  const [gateways, pops] = await Promise.all([all<GatewayRow>("/api/v1/gateways"), all<PopRow>("/api/v1/pops")]);
  held = { gateways, pops };
  return held;
}

export async function loadSites(app: App): Promise<void> {
  const { gateways, pops } = await sites();
  const point = ({ lat_deg, lon_deg }: SiteRow): { lat: number; lon: number } => ({ lat: lat_deg, lon: lon_deg });
  app.globe.sites.set([...gateways.map((site) => ({ ...point(site), pop: false })), ...pops.map((site) => ({ ...point(site), pop: true }))]);
  app.globe.sites.points.visible = app.sitesShown;
  app.siteOf = (index) => (index < gateways.length ? { kind: "gateway", id: gateways[index]!.name } : { kind: "pop", id: pops[index - gateways.length]!.name });
  app.globe.changed();
}

function filled(app: App, kind: string, site: SiteRow, fresh: boolean, rows: [string, string][]): Filled {
  if (fresh && app.mayFly) app.globe.flyTo({ lat: site.lat_deg, lon: site.lon_deg }, Math.min(app.globe.view.distance, 1.6));
  const title = `${kind}: ${site.name}`;
  return {
    title, said: title,
    children: [
      el("p", { class: "where" }, degrees(site.lat_deg, site.lon_deg), site.approximate ? `, ${texts.approximate}` : ""),
      facts([
        [texts.territory, el("button", { type: "button", class: "link", onclick: () => app.select({ kind: "territory", id: site.territory }) }, site.territory)],
        ...rows,
        site.out_of_order ? [texts.faults, texts.outOfOrder] : null,
      ]),
    ],
  };
}

function named<T extends SiteRow>(list: T[], name: string): T {
  const found = list.find((one) => one.name === name);
  if (!found) throw new Error(texts.noSite(name));
  return found;
}

export async function gateway(app: App, id: string, fresh: boolean): Promise<Filled> {
  const site = named((fresh && held ? held : await sites()).gateways, id);
  return filled(app, texts.gateway, site, fresh, [
    [texts.antennas, texts.of(whole(site.feeder_links), whole(site.antennas))],
    [texts.carried, texts.of(site.carried_gbps.toFixed(1), whole(site.capacity_gbps))],
    [texts.full, site.full ? texts.yes : texts.no],
  ]);
}

export async function pop(app: App, id: string, fresh: boolean): Promise<Filled> {
  const site = named((fresh && held ? held : await sites()).pops, id);
  return filled(app, texts.pop, site, fresh, [
    [texts.cellsServed, whole(site.cells_served)],
    [texts.peopleServed, people(site.people_served)],
    [texts.homeOf, site.home_of.join(", ") || texts.none],
  ]);
}
