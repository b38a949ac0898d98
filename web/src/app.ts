// The application: what is known, what is looked at, and who is told when either changes.

import { all, get, json, type Coverage, type Health, type RasterTerritory, type Slot } from "./api";
import type { Cell } from "./cells";
import { Clock } from "./clock";
import { announce, calm, narrow, need } from "./dom";
import { RAD, subsolarPoint, vector, type Point, type Vec } from "./geometry";
import { DISTANCE_HOME, Globe, type View } from "./globe/globe";
import { rgba, type Rgba } from "./globe/lines";
import { Ground } from "./ground";
import { readLink, writeLink, type Layer, type Link, type Selection } from "./link";
import { DECIDED } from "./states";
import { texts } from "./texts";
import { isDark, onTheme } from "./theme";
import type { BordersFound } from "./workers/borders";

export interface Territory {
  id: string; name: string; kind: string; parent: string | null; iso_a3: string | null; claims: string[];
  /** `on`, `off` or `partly`: whether its cells may be served. */
  state: string;
  decision: number | null;
  /** What that decision says. */
  decision_state: string | null;
  since: string | null; review_by: string | null; overdue: boolean;
  cells: number; cells_active: number; cells_served: number; people: number; people_active: number; people_served: number;
}

type Event = "slot" | "territories" | "selection" | "layer" | "time" | "preview" | "sites" | "view" | "table" | "sky" | "moved";

export class App {
  readonly clock = new Clock();
  readonly globe: Globe;
  ground: Ground | null = null;
  slot: Slot | null = null;
  health: Health | null = null;
  territories: Territory[] = [];
  /** Coverage by country, of the slot that is shown. */
  countries: Coverage[] = [];
  link: Link;
  sitesShown = true;
  /** The camera may turn to what is chosen: not where a link says where it stands. */
  mayFly: boolean;
  /** The cells around the middle of the view, while the camera is near. */
  nearCells: Cell[] = [];
  /** Catalogue numbers of the satellites, in the order of the globe's. */
  catalogNumbers: number[] = [];
  private readonly order = new Map<number, number>();
  /** Which site stands at a position of the globe's list. */
  siteOf: (index: number) => Selection & { kind: "gateway" | "pop" } = () => { throw new Error("no sites yet"); };
  /** Draws what moves with the satellites. */
  drawMoving: () => void = () => undefined;
  private readonly listeners = new Map<Event, (() => void)[]>();
  private borders: BordersFound | null = null;
  private sunAt = 0;

  constructor(canvas: HTMLCanvasElement, onPick: (point: Point, x: number, y: number) => void, onHover: (point: Point | null, x: number, y: number) => void) {
    this.link = readLink(location.hash);
    this.mayFly = this.link.view === null;
    this.globe = new Globe(canvas, { onPick, onHover, onView: (_view, settled) => { this.tell("view"); if (settled) this.keepView(); } });
    if (this.link.view) this.globe.setView(this.link.view);
    if (this.link.time_ms !== null) { this.clock.goTo(this.link.time_ms); this.clock.playing = false; }
    this.globe.setTheme(isDark());
    this.globe.beforeFrame = () => this.moveSky();
    onTheme(() => { this.globe.setTheme(isDark()); this.repaint(); this.paintBorders(); });
    calm.addEventListener("change", () => this.pace());
    window.addEventListener("hashchange", () => this.follow());
    this.pace();
  }

  on(event: Event, act: () => void): void {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), act]);
  }

  tell(event: Event): void {
    for (const act of this.listeners.get(event) ?? []) act();
  }

  // ---- what is known

  async loadGround(): Promise<void> {
    const [territories, raster] = await Promise.all([json<RasterTerritory[]>("/api/v1/cells/raster/territories"), get("/api/v1/cells/raster?layer=territory")]);
    const [width, height] = (raster.headers.get("skyshed-raster-size") ?? "").split("x").map(Number);
    this.ground = new Ground(width!, height!, new Uint16Array(await raster.arrayBuffer()), territories);
    this.useCauses();
  }

  /** Fetches the slot of the moment. */
  async loadSlot(): Promise<void> {
    const [health, slot, raster] = await Promise.all([json<Health>("/healthz"), json<Slot>("/api/v1/slot"), get("/api/v1/cells/raster")]);
    this.clock.setService(health.now);
    const causes = new Uint8Array(await raster.arrayBuffer());
    const names = (raster.headers.get("skyshed-raster-causes") ?? "").split(",");
    Object.assign(this, { health, slot });
    this.causes = { causes, names };
    this.useCauses();
  }

  private causes: { causes: Uint8Array; names: string[] } | null = null;

  /** Draws the causes, as soon as both they and the ground are there. */
  useCauses(): void {
    if (!this.ground || !this.causes) return;
    this.ground.setCauses(this.causes.causes, this.causes.names);
    this.repaint();
    this.tell("slot");
  }

  async loadTerritories(): Promise<void> {
    this.territories = await all<Territory>("/api/v1/territories");
    this.tell("territories");
    if (this.link.layer === "territories") this.repaint();
  }

  async loadCountries(): Promise<void> {
    this.countries = await json<Coverage[]>("/api/v1/coverage?by=country");
    this.tell("territories");
  }

  territory(id: string): Territory | undefined {
    return this.territories.find((one) => one.id === id);
  }

  // ---- the planet

  repaint(): void {
    const { ground, globe, link } = this;
    if (!ground?.causes) return;
    const colours = link.layer === "territories" && this.territories.length ? ground.paintDecided(this.decided(), link.only) : ground.paintCauses(link.only);
    globe.planet.setColours(colours, ground.width, ground.height);
    globe.changed();
  }

  /** For each territory of the raster, the position of what is decided in `DECIDED`; coasts and high seas say what they are. */
  private decided(): Uint8Array {
    const states = new Map(this.territories.map(({ id, decision_state }) => [id, Math.max(0, DECIDED.findIndex(({ name }) => name === (decision_state ?? "none")))]));
    return Uint8Array.from(this.ground!.territories, ({ id }) => states.get(id) ?? DECIDED.length - 1);
  }

  async loadBorders(): Promise<void> {
    const { ground } = this;
    if (!ground) return;
    const worker = new Worker(new URL("./workers/borders.ts", import.meta.url), { type: "module" });
    const { width, height, territory, root, sea } = ground;
    worker.postMessage({ width, height, territory, root, sea });
    this.borders = await new Promise<BordersFound>((done, failed) => {
      worker.onmessage = ({ data }: MessageEvent<BordersFound>) => done(data);
      worker.onerror = failed;
    });
    worker.terminate();
    this.paintBorders();
  }

  private paintBorders(): void {
    if (!this.borders) return;
    const { coasts, borders, regions } = this.borders, near = this.globe.view.distance < 1.9;
    const kinds: [Float32Array, Rgba][] = [[coasts, isDark() ? rgba("#e8f4ff", 0.55) : rgba("#0b1a30", 0.55)], [borders, isDark() ? rgba("#05080f", 0.75) : rgba("#ffffff", 0.95)]];
    if (near) kinds.unshift([regions, isDark() ? rgba("#05080f", 0.3) : rgba("#ffffff", 0.4)]);
    this.regionsShown = near;
    const count = kinds.reduce((sum, [ends]) => sum + ends.length / 4, 0);
    const from = new Float32Array(3 * count), to = new Float32Array(3 * count), tint = new Float32Array(4 * count);
    let k = 0;
    for (const [ends, colour] of kinds) {
      for (let at = 0; at < ends.length; at += 4, k++) {
        from.set(vector({ lon: ends[at]!, lat: ends[at + 1]! }, 4), 3 * k);
        to.set(vector({ lon: ends[at + 2]!, lat: ends[at + 3]! }, 4), 3 * k);
        tint.set(colour, 4 * k);
      }
    }
    this.globe.borders.set(from, to, tint);
    this.globe.changed();
  }

  private regionsShown = false;

  // ---- time

  /** Sets how fast frames are wanted. */
  pace(): void {
    this.globe.speed = calm.matches || document.hidden ? 0 : this.clock.pace();
    this.globe.ask();
    this.tell("time");
  }

  setCatalog(numbers: number[]): void {
    this.catalogNumbers = numbers;
    this.order.clear();
    numbers.forEach((number, index) => this.order.set(number, index));
  }

  indexOf(number: number): number {
    return this.order.get(number) ?? -1;
  }

  /** Where a satellite stands at the time that is shown; null where that is not known. */
  satelliteAt(number: number): Vec | null {
    return this.globe.satellites.at(this.indexOf(number), this.clock.now());
  }

  private moveSky(): void {
    const now = this.clock.now();
    this.globe.satellites.setTime(now);
    this.drawMoving();
    // The Sun moves by a quarter of a degree a minute: a tenth of a degree is not seen.
    if (Math.abs(now - this.sunAt) > 24_000) {
      this.sunAt = now;
      this.globe.planet.setSun(vector(subsolarPoint(now)));
      this.globe.changed();
    }
    this.tell("time");
  }

  setTime(time_ms: number | null): void {
    if (time_ms === null) this.clock.goLive(); else this.clock.goTo(time_ms);
    // One step in the history, however many times are passed through.
    this.write({ time_ms: time_ms === null ? null : Math.round(time_ms / 1000) * 1000 }, time_ms !== null && this.link.time_ms !== null);
    this.pace();
    this.tell("moved");
  }

  // ---- what is looked at

  select(selected: Selection | null, { quiet = false } = {}): void {
    this.mayFly = true;
    this.write({ selected, preview: null }, quiet);
    this.tell("selection");
  }

  setLayer(layer: Layer): void {
    this.write({ layer, only: null });
    this.repaint();
    this.tell("layer");
    if (layer === "territories" && !this.territories.length) this.loadTerritories().catch(() => undefined);
  }

  setOnly(only: string | null): void {
    this.write({ only });
    this.repaint();
    this.tell("layer");
  }

  setPreview(preview: string | null): void {
    this.mayFly = true;
    this.write({ preview });
    this.tell("preview");
  }

  setTable(table: string | null): void {
    this.write({ table });
    this.tell("table");
  }

  setLone(lone: boolean): void {
    this.write({ lone });
    this.tell("table");
  }

  private keepView(): void {
    const { lat, lon, distance } = this.globe.view;
    this.link = { ...this.link, view: { lat, lon, distance } };
    history.replaceState(null, "", writeLink(this.link) || location.pathname);
    if (this.borders && this.regionsShown !== distance < 1.9) this.paintBorders();
  }

  /** Writes the link: a step in the history for what a person chose. */
  private write(change: Partial<Link>, quiet = false): void {
    this.link = { ...this.link, ...change };
    const address = writeLink(this.link) || location.pathname;
    if (quiet || address === location.hash) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  }

  /** The address was changed by hand, by a link or by the way back. */
  private follow(): void {
    const before = this.link, after = readLink(location.hash);
    this.link = after;
    this.mayFly = after.view === null;
    if (after.view && !same(after.view, this.globe.view)) this.globe.flyTo(after.view, after.view.distance);
    if (after.time_ms !== before.time_ms) {
      if (after.time_ms === null) this.clock.goLive(); else this.clock.goTo(after.time_ms);
      this.pace();
      this.tell("moved");
    }
    if (after.layer !== before.layer || after.only !== before.only) { this.repaint(); this.tell("layer"); }
    if (after.preview !== before.preview) this.tell("preview");
    if (after.table !== before.table || after.lone !== before.lone) this.tell("table");
    if (JSON.stringify(after.selected) !== JSON.stringify(before.selected)) this.tell("selection");
  }

  /** Room that the page leaves to the planet. */
  fit(): void {
    const stage = need("#stage").getBoundingClientRect(), canvas = this.globe.canvas.getBoundingClientRect();
    if (narrow.matches) {
      need("#sheet").style.bottom = "";
      this.globe.setInsets({ left: 0, right: 0, top: 0, bottom: 0 });
      return;
    }
    const width = (selector: string): number => {
      const box = document.querySelector<HTMLElement>(selector);
      return box && !box.hidden ? box.getBoundingClientRect().width + 24 : 0;
    };
    const bar = document.querySelector<HTMLElement>("#timebar");
    if (bar && !bar.hidden) need("#sheet").style.bottom = `${bar.offsetHeight + 24}px`;
    this.globe.setInsets({ left: width("#answers"), right: width(this.link.selected || this.link.preview !== null ? "#panel" : "#legend"), top: 0, bottom: bar && !bar.hidden ? canvas.bottom - bar.getBoundingClientRect().top : stage.bottom - canvas.bottom });
  }

  /** The whole planet again, nothing looked at. */
  goHome(): void {
    this.link = { ...this.link, only: null, preview: null, table: null, lone: false };
    this.select(null);
    this.globe.flyTo({ lat: 18, lon: this.globe.view.lon }, DISTANCE_HOME);
    this.repaint();
    this.tell("layer");
    this.tell("preview");
    announce(texts.home);
  }
}

const same = (a: View, b: View): boolean => Math.abs(a.lat - b.lat) < 0.02 && Math.abs(a.lon - b.lon) < 0.02 && Math.abs(a.distance - b.distance) < 0.002;
export { RAD };
