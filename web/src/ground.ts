// The raster: which territory and which cause each pixel has, and its colours.

import type { RasterTerritory } from "./api";
import { wrap, type Point } from "./geometry";
import { CAUSES, DECIDED, type State } from "./states";
import { colourOf, isDark } from "./theme";

export class Ground {
  readonly sea: Uint8Array;
  readonly root: Uint16Array;
  causes: Uint8Array | null = null;

  constructor(readonly width: number, readonly height: number, readonly territory: Uint16Array, readonly territories: RasterTerritory[]) {
    this.sea = Uint8Array.from(territories, ({ kind }) => (kind === "coastal" || kind === "high_seas" ? 1 : 0));
    this.root = Uint16Array.from(territories, (_, index) => {
      let at = index;
      for (let up = territories[at]!.parent; up !== null; up = territories[at]!.parent) at = up;
      return at;
    });
  }

  /** Takes a slot's causes; `names` are the service's words in the order of its numbers. */
  setCauses(causes: Uint8Array, names: string[]): void {
    const index = Uint8Array.from(names, (name) => Math.max(0, CAUSES.findIndex((cause) => cause.name === name)));
    // Plain loops here and below: two million pixels, before anything is seen.
    const own = new Uint8Array(causes.length);
    for (let pixel = 0; pixel < own.length; pixel++) own[pixel] = index[causes[pixel]!]!;
    this.causes = own;
  }

  pixelOf({ lat, lon }: Point): number {
    const row = Math.max(0, Math.min(this.height - 1, Math.floor(((90 - lat) / 180) * this.height)));
    return row * this.width + (Math.floor(((wrap(lon) + 180) / 360) * this.width) % this.width);
  }

  /** What lies at a point: its leaf territory, the country or area that holds it, and the cause. */
  at(point: Point): { leaf: RasterTerritory; root: RasterTerritory; cause: State } | null {
    const pixel = this.pixelOf(point), leaf = this.territory[pixel];
    if (leaf === undefined || !this.causes) return null;
    return { leaf: this.territories[leaf]!, root: this.territories[this.root[leaf]!]!, cause: CAUSES[this.causes[pixel]!]! };
  }

  /** Colours by cause; where `only` is given, that state alone. */
  paintCauses(only: string | null): Uint8Array {
    return this.paint((pixel, leaf) => this.causes![pixel]! * 2 + this.sea[leaf]!, CAUSES.map((state) => ({ state, faded: only !== null && only !== state.name })), only !== null);
  }

  /** Colours by what is decided: `decided` has, for each territory, its position in `DECIDED`. */
  paintDecided(decided: Uint8Array, only: string | null): Uint8Array {
    return this.paint((_, leaf) => decided[leaf]! * 2 + this.sea[leaf]!, DECIDED.map((state) => ({ state, faded: only !== null && only !== state.name })), only !== null);
  }

  private paint(key: (pixel: number, leaf: number) => number, states: { state: State; faded: boolean }[], alone: boolean): Uint8Array {
    const table = new Uint32Array(states.length * 2);
    const sea = isDark() ? [9, 15, 28] : [225, 233, 243];
    const grey = isDark() ? [64, 74, 94] : [178, 187, 201];
    states.forEach(({ state, faded }, index) => {
      const rgb = channels(colourOf(state));
      const land = faded ? mix(sea, grey, 0.55) : isDark() ? mix([0, 0, 0], rgb, 0.94) : rgb;
      const water = faded ? mix(sea, grey, 0.12) : mix(sea, rgb, alone ? 0.75 : isDark() ? 0.27 : 0.34);
      table[index * 2] = packed(land);
      table[index * 2 + 1] = packed(water);
    });
    const { territory } = this, out = new Uint32Array(territory.length);
    for (let pixel = 0; pixel < territory.length; pixel++) out[pixel] = table[key(pixel, territory[pixel]!)]!;
    return new Uint8Array(out.buffer);
  }

  /** Middle of a territory's land, and how far it reaches from there, degrees. */
  middleOf(id: string): { point: Point; reach_deg: number } | null {
    const wanted = this.territories.findIndex((row) => row.id === id);
    if (wanted < 0) return null;
    const inside = this.within(wanted), rad = Math.PI / 180;
    let x = 0, y = 0, z = 0;
    const pixels: Point[] = [];
    for (let row = 0; row < this.height; row++) {
      const lat = 90 - ((row + 0.5) / this.height) * 180, cos = Math.cos(lat * rad), sin = Math.sin(lat * rad);
      for (let column = 0; column < this.width; column++) {
        if (!inside[this.territory[row * this.width + column]!]) continue;
        const lon = ((column + 0.5) / this.width) * 360 - 180;
        x += cos * cos * Math.cos(lon * rad); y += cos * cos * Math.sin(lon * rad); z += cos * sin;
        pixels.push({ lat, lon });
      }
    }
    if (!pixels.length) return null;
    const length = Math.hypot(x, y, z) || 1;
    const point = { lat: Math.asin(z / length) / rad, lon: Math.atan2(y, x) / rad };
    const reach = pixels.map(({ lat, lon }) => {
      const cos = Math.cos(lat * rad);
      return Math.acos(Math.max(-1, Math.min(1, (x * cos * Math.cos(lon * rad) + y * cos * Math.sin(lon * rad) + z * Math.sin(lat * rad)) / length))) / rad;
    }).sort((a, b) => a - b);
    return { point, reach_deg: reach[Math.floor(0.95 * (reach.length - 1))]! };
  }

  /** 1 for each territory that is `outer`, or part of it; coastal waters only where they are meant. */
  within(outer: number): Uint8Array {
    const water = this.sea[outer] === 1;
    return Uint8Array.from(this.territories, (_, index) => {
      if (this.sea[index] && !water) return 0;
      for (let at: number | null = index; at !== null; at = this.territories[at]!.parent) if (at === outer) return 1;
      return 0;
    });
  }
}

const channels = (hex: string): number[] => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const mix = (a: number[], b: number[], part: number): number[] => a.map((value, index) => value + (b[index]! - value) * part);
const packed = ([r, g, b]: number[]): number => ((255 << 24) | (Math.round(b!) << 16) | (Math.round(g!) << 8) | Math.round(r!)) >>> 0;
