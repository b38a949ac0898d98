// One satellite: where it stands, whom it serves, over which gateway; its beams on the globe.

import { json } from "../api";
import type { App } from "../app";
import { el, facts } from "../dom";
import { degrees, km, whole } from "../format";
import { vector, type Vec } from "../geometry";
import { rgba } from "../globe/lines";
import { texts } from "../texts";
import { isDark } from "../theme";
import { ring } from "../ways";
import type { Filled } from "./panel";
import type { SatelliteRow } from "./tables";

const BEAMS_DRAWN_MAX = 400;

interface Detail extends SatelliteRow { time: string; cells: { cell: string; latitude_deg: number; longitude_deg: number; boundary: [number, number][] }[] }

export async function satellite(app: App, id: string, fresh: boolean): Promise<Filled> {
  const detail = await json<Detail>(`/api/v1/satellites/${encodeURIComponent(id)}`), number = Number(id);
  const index = app.indexOf(number), fallback = detail.latitude_deg === null ? null : vector({ lat: detail.latitude_deg, lon: detail.longitude_deg! }, detail.altitude_km ?? 550);
  app.globe.satellites.pick(index);
  const serving = detail.cells.slice(0, BEAMS_DRAWN_MAX);
  app.drawMoving = () => {
    const at = app.satelliteAt(number) ?? fallback;
    if (!at) return;
    const beam = rgba(isDark() ? "#ffe9a8" : "#8a6500", 0.35), cell = rgba(isDark() ? "#ffe9a8" : "#8a6500", 0.9);
    app.globe.ways.setChains([
      ...serving.map(({ latitude_deg: lat, longitude_deg: lon }) => ({ points: [at, vector({ lat, lon }, 5)] as Vec[], colour: beam })),
      ...serving.map(({ boundary }) => ({ points: boundary.map(([lon, lat]) => vector({ lat, lon }, 5)), colour: cell })),
      ...(fallback ? [{ points: ring({ lat: detail.latitude_deg!, lon: detail.longitude_deg! }, 0.004), colour: cell }] : []),
    ]);
  };
  app.drawMoving();
  app.globe.ask();
  if (fresh && app.mayFly && detail.latitude_deg !== null) app.globe.flyTo({ lat: detail.latitude_deg, lon: detail.longitude_deg! }, Math.min(app.globe.view.distance, 1.5));
  return {
    title: detail.name, said: detail.name,
    children: [
      el("p", { class: "where" }, detail.latitude_deg === null ? texts.noPosition : `${degrees(detail.latitude_deg, detail.longitude_deg!)}, ${km(detail.altitude_km!)}`),
      facts([
        [texts.catalogNumber, id],
        detail.shell === null ? null : [texts.shell, detail.shell],
        detail.plane === null ? null : [texts.plane, texts.planePlace(detail.plane, detail.place ?? 0)],
        [texts.serves, texts.cells(detail.cells_served)],
        [texts.gateway, detail.gateway ? el("button", { type: "button", class: "link", onclick: () => app.select({ kind: "gateway", id: detail.gateway! }) }, detail.gateway) : texts.none],
      ]),
      serving.length ? el("section", {}, el("h3", {}, texts.beams), el("p", { class: "note" }, texts.beamsShown(whole(serving.length), whole(detail.cells.length))),
        el("details", { "data-key": "beams" }, el("summary", {}, texts.cellsServed),
          el("ul", { class: "cellslist" }, ...serving.map(({ cell }) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => app.select({ kind: "place", id: cell }) }, cell)))))) : null,
      el("p", { class: "small" }, `${texts.slot} ${detail.time} · `, el("a", { href: `/api/v1/satellites/${encodeURIComponent(id)}` }, texts.asJson)),
    ],
  };
}
