// What the service answers, and how it is asked. Keys are those of the API; only what the page reads is listed.

export class Problem extends Error {
  constructor(readonly status: number, readonly title: string, readonly detail: string, readonly candidates: string[]) {
    super(detail || title);
  }
}

export async function get(path: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, signal ? { signal } : {});
  if (response.ok || path === "/healthz") return response;
  if (response.headers.get("content-type")?.startsWith("application/problem+json")) {
    const problem = (await response.json()) as { title?: string; detail?: string; candidates?: string[] };
    throw new Problem(response.status, problem.title ?? "", problem.detail ?? "", problem.candidates ?? []);
  }
  throw new Problem(response.status, `HTTP status ${response.status}`, path, []);
}

export async function json<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await get(path, signal)).json() as Promise<T>;
}

export interface Page<T> { items: T[]; next: string | null; total: number }

/** All pages of a list. */
export async function all<T>(path: string, limit = 1000): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await json<Page<T>>(`${path}${path.includes("?") ? "&" : "?"}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return items;
}

export interface LogStatus {
  origin: string; size: number; root: string; witnesses: number; witnessed_at: string | null; proven_at: string | null;
  stale: boolean; doubt: string | null; warnings: string[];
}
export interface Health {
  status: string; now: string; slot_time: string; next_slot_time: string; slot_length_s: number; slot_age_s: number; slots_behind: number;
  elements_age_s: number | null; constellation: string; policy: string; what_if: string | null; log: LogStatus | null;
  slots_planned: number; slots_late: number; slots_missed: number; slots_failed: number;
}
export interface Count { cells: number; people: number }
export interface Counts { total: number; active: number; served: number }
export interface Spread { p5: number; p50: number; p95: number }
export interface LinkClass { class: string; used: number; links: number; carried_gbps: number; capacity_gbps: number; utilisation_p50: number | null; utilisation_p95: number | null; utilisation_max: number | null; full: number }
export interface Slot {
  time: string; length_s: number; elements: { source: string; designed: boolean; epoch: string | null; age_hours: number | null };
  ground: { worldview: string; gateways: number; pops: number }; policy: string; what_if: string | null; log: LogStatus | null;
  satellites: { total: number; at_service_altitude: number; with_gateway: number; landing: number; serving: number };
  cells: Counts; people: Counts; causes: Record<string, Count>; beams: { cells_capacity: number; cells_used: number; satellites_full: number };
  lasers: { links: number; components: number; largest_component: number; length_km: { min: number; p50: number; p95: number; max: number } };
  links: LinkClass[]; faults: string[]; rtt_ms: Spread | null; rate_mbps: Spread | null;
}
export interface RasterTerritory { id: string; name: string; kind: string; parent: number | null }
export interface Coverage {
  territory: string | null; name: string; kind: string | null; iso_a3: string | null; time: string; cells: number; cells_active: number; cells_served: number;
  people: number; people_active: number; people_served: number; rtt_ms_p5: number | null; rtt_ms_p50: number | null; rtt_ms_p95: number | null; rate_mbps_p50: number | null;
  causes: Record<string, Count>;
}
export interface SatelliteId { name: string; catalog_number: number }
export interface Site { name: string; country: string; latitude_deg: number; longitude_deg: number; approximate: boolean }
export interface Denial { reason: string; dish_code: number; dish_code_name: string }
export interface Logged { request: number; requester: string; on_behalf_of: string; approvers: string[]; reason_code: string; legal_basis: string | null; emergency: boolean; until: string | null; overdue: boolean; zone_sha256: string }
export interface Decision { number: number; territory: string; state: string; reason: string; since: string; review: string; source: string | null; logged: Logged | null }
export interface Path {
  satellite: SatelliteId; elevation_deg: number; colour: number; beam_share: number; satellites: SatelliteId[]; gateway: Site; pop: Site;
  hops: { from: string; to: string; kind: string; length_km: number; one_way_ms: number }[]; one_way_km: number;
  user_link_ms: number; lasers_ms: number; feeder_link_ms: number; fibre_ms: number; access_ms: number;
}
export interface Sky {
  in_view: number; above_mask: number; clear_of_gso_arc: number; with_gateway: number; clear_of_border: number; with_beam: number;
  satellites: (SatelliteId & { azimuth_deg: number; elevation_deg: number; slant_range_km: number; verdict: string })[];
}
export interface Why {
  place: { name: string; country: string | null; latitude_deg: number; longitude_deg: number }; cell: string;
  territory: { id: string; name: string; kind: string; parent: string | null; iso_a3: string | null; claims: string[] };
  time: string; served: boolean; cause: string | null;
  activation: { state: string; classes: string[]; decision: Decision | null; denial: Denial | null; policy: string; what_if: string | null; log: LogStatus | null; if_active: { served: boolean; cause: string | null; satellite: SatelliteId | null; rtt_ms: number | null } };
  sky: Sky; path: Path | null; rtt_ms: number | null; rate_mbps: number | null;
}
