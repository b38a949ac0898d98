// The permanent link: everything that a view is, in the address.
//
// `#place=Taipei&cam=25.05,121.53,1.800&t=2026-08-22T21:00:12Z&layer=territories&only=served&preview=TW%3Don&table=satellites`

import type { View } from "./globe/globe";

export type SelectionKind = "place" | "territory" | "satellite" | "gateway" | "pop";
export const SELECTIONS: readonly SelectionKind[] = ["place", "territory", "satellite", "gateway", "pop"];
export interface Selection { kind: SelectionKind; id: string }
export type Layer = "cells" | "territories";

export interface Link {
  selected: Selection | null;
  view: View | null;
  time_ms: number | null;
  layer: Layer;
  only: string | null;
  preview: string | null;
  table: string | null;
  lone: boolean;
}

export function readLink(hash: string): Link {
  const keys = new URLSearchParams(hash.replace(/^#/, ""));
  const kind = SELECTIONS.find((one) => keys.get(one));
  const camera = keys.get("cam")?.split(",").map(Number) ?? [];
  const [lat, lon, distance] = camera;
  const time_ms = Date.parse(keys.get("t") ?? "");
  return {
    selected: kind ? { kind, id: keys.get(kind)! } : null,
    view: camera.length === 3 && camera.every(Number.isFinite) ? { lat: lat!, lon: lon!, distance: distance! } : null,
    time_ms: Number.isFinite(time_ms) ? time_ms : null,
    layer: keys.get("layer") === "territories" ? "territories" : "cells",
    only: keys.get("only"),
    preview: keys.get("preview"),
    table: keys.get("table"),
    lone: keys.get("lone") === "yes",
  };
}

export function writeLink(link: Link): string {
  const parts: string[] = [];
  const put = (key: string, value: string | null): void => { if (value) parts.push(`${key}=${encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%3D", "=")}`); };
  if (link.selected) put(link.selected.kind, link.selected.id);
  put("preview", link.preview);
  put("table", link.table);
  put("lone", link.lone ? "yes" : null);
  put("layer", link.layer === "cells" ? null : link.layer);
  put("only", link.only);
  put("t", link.time_ms === null ? null : new Date(link.time_ms).toISOString().replace(/\.\d+Z$/, "Z"));
  if (link.view) put("cam", `${link.view.lat.toFixed(2)},${link.view.lon.toFixed(2)},${link.view.distance.toFixed(3)}`);
  return parts.length ? `#${parts.join("&")}` : "";
}
