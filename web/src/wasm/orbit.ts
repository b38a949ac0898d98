// Where satellites are and how they move: SGP4 of crates/skyshed-orbit. Bytes come from whoever calls; nothing is fetched here.

import { compile, Instance, type Source } from "./module";

/** Metres in the unit of a motion unless another is asked for: the radius of a globe of size 1 (WGS 84, equator). */
export const EARTH_RADIUS_M = 6_378_137;

/** What was read. */
export interface Elements {
  /** Satellites that can be propagated. */
  count: number;
  /** "OMM CSV", "OMM JSON", "OMM KVN", "OMM XML", "TLE" or "preset". */
  form: string;
  /** Whether it is a designed constellation, which does not age. */
  designed: boolean;
  /** Median epoch of the elements, RFC 3339. */
  medianEpoch: string | null;
  /** How many records were left out. */
  problemCount: number;
  /** The first hundred of them, in words. */
  problems: string[];
}

/**
 * Motion of all satellites about a time, three numbers each: `place + velocity * s + acceleration * s * s / 2` is good to about 1 m over 5
 * seconds and 8 m over 15. ITRF; NaN for a satellite that cannot be propagated. The arrays are views of the module's memory and hold
 * until the next call: copy what is to be kept or posted.
 */
export interface Motion {
  time_ms: number;
  /** Metres in the unit of the columns. */
  unit_m: number;
  /** Units. */
  place: Float32Array;
  /** Units per second, as seen from the turning Earth. */
  velocity: Float32Array;
  /** Units per second squared. */
  acceleration: Float32Array;
  /** How many satellites could not be propagated. */
  problemCount: number;
}

/** Elements that are none, or a time that is none. The message says what was given, what is allowed and what to do. */
export class OrbitError extends Error {}

interface Functions {
  skyshed_orbit_read(): number;
  skyshed_orbit_motion(time_ms: number, unit_m: number): number;
  skyshed_orbit_column(column: number): number;
  skyshed_orbit_sun(time_ms: number): number;
  skyshed_orbit_gmst_rad(time_ms: number): number;
}

const FAILED = 0xffff_ffff;
const PLACE = 0, VELOCITY = 1, ACCELERATION = 2, POSITION_M = 3;

/** A constellation that can be propagated. Times are milliseconds since 1970, as `Date.now()`. */
export class Orbits {
  /** Catalogue numbers, in the order of all columns. */
  catalogNumbers = new Float64Array(0);
  /** Names, in the same order. */
  names: string[] = [];

  // Written out: parameter properties cannot be stripped.
  private readonly module: Instance<Functions>;
  private readonly indexes = new Map<number, number>();

  private constructor(module: Instance<Functions>) {
    this.module = module;
  }

  /** Loads the module `skyshed_orbit.wasm`. */
  static async load(source: Source): Promise<Orbits> {
    return new Orbits(new Instance<Functions>(await compile(source)));
  }

  get count(): number {
    return this.names.length;
  }

  /** Reads elements (OMM as CSV, JSON, KVN or XML; TLE; gzip; a preset's TOML) in the place of those before, which stay where this throws. */
  read(bytes: Uint8Array): Elements {
    this.module.give(bytes);
    const count = this.checked(this.module.call.skyshed_orbit_read());
    const report = JSON.parse(this.module.text());
    this.catalogNumbers = Float64Array.from(report.catalog_numbers as number[]);
    this.names = report.names;
    this.indexes.clear();
    this.catalogNumbers.forEach((number, index) => this.indexes.set(number, index));
    return {
      count, form: report.form, designed: report.designed, medianEpoch: report.median_epoch,
      problemCount: report.problem_count, problems: report.problems,
    };
  }

  /** Place of a satellite in all columns; -1 for none. */
  indexOf(catalogNumber: number): number {
    return this.indexes.get(catalogNumber) ?? -1;
  }

  /** Propagates all satellites. */
  motion(time_ms: number, unit_m: number = EARTH_RADIUS_M): Motion {
    const problemCount = this.checked(this.module.call.skyshed_orbit_motion(time_ms, unit_m));
    const column = (which: number): Float32Array => new Float32Array(this.module.memory, this.column(which), 3 * this.count);
    return { time_ms, unit_m, place: column(PLACE), velocity: column(VELOCITY), acceleration: column(ACCELERATION), problemCount };
  }

  /** Positions, ITRF, metres, to 1/16 m as plans have them; a view, as in {@link Motion}. */
  positions(time_ms: number): Float64Array {
    this.checked(this.module.call.skyshed_orbit_motion(time_ms, EARTH_RADIUS_M));
    return new Float64Array(this.module.memory, this.column(POSITION_M), 3 * this.count);
  }

  /** Why satellites could not be propagated by the last call of `motion` or `positions`: the first hundred, by index. */
  problems(): [number, string][] {
    return JSON.parse(this.module.text());
  }

  /** Unit vector from the Earth's centre to the Sun, ITRF: it is day where its product with the zenith is positive. */
  sun(time_ms: number): [number, number, number] {
    this.checked(this.module.call.skyshed_orbit_sun(time_ms));
    const view = new DataView(this.module.output().buffer);
    return [view.getFloat64(0, true), view.getFloat64(8, true), view.getFloat64(16, true)];
  }

  /** Greenwich mean sidereal time, radians: what turns the stars over the Earth. */
  gmst_rad(time_ms: number): number {
    return this.module.call.skyshed_orbit_gmst_rad(time_ms);
  }

  private column(which: number): number {
    return this.module.call.skyshed_orbit_column(which) >>> 0;
  }

  private checked(count: number): number {
    if (count >>> 0 === FAILED) throw new OrbitError(this.module.text());
    return count >>> 0;
  }
}
