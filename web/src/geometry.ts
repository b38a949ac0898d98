// Vectors on a sphere of radius 1, x through 0° N 0° E, z through the north pole. Geodetic latitudes are drawn as they are.

export type Vec = readonly [number, number, number];
export interface Point { lat: number; lon: number }

export const RAD = Math.PI / 180;
export const EARTH_RADIUS_KM = 6371;

/** The point at `altitude_km` above a latitude and longitude, in Earth radii. */
export function vector({ lat, lon }: Point, altitude_km = 0): Vec {
  const length = 1 + altitude_km / EARTH_RADIUS_KM;
  const [a, o] = [lat * RAD, lon * RAD];
  return [length * Math.cos(a) * Math.cos(o), length * Math.cos(a) * Math.sin(o), length * Math.sin(a)];
}

/** A place in ITRF, in equatorial Earth radii, onto the ball that is drawn: as `drawn` in the shaders. */
export function drawn(itrf: Vec): Vec {
  const f = 0.003_352_81, r = length(itrf), s = itrf[2] / r;
  const height = r - 1 + f * s * s;
  return scale(unit([itrf[0], itrf[1], itrf[2] * (1 + (2 * f) / r)]), 1 + 1.001_12 * height);
}

export function pointOf([x, y, z]: Vec): Point {
  return { lat: Math.atan2(z, Math.hypot(x, y)) / RAD, lon: Math.atan2(y, x) / RAD };
}

export const dot = (a: Vec, b: Vec): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const scale = (a: Vec, by: number): Vec => [a[0] * by, a[1] * by, a[2] * by];
export const add = (a: Vec, b: Vec): Vec => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const length = (a: Vec): number => Math.hypot(a[0], a[1], a[2]);
export const unit = (a: Vec): Vec => scale(a, 1 / (length(a) || 1));
export const mix = (a: Vec, b: Vec, part: number): Vec => add(scale(a, 1 - part), scale(b, part));
export const wrap = (lon: number): number => ((((lon + 180) % 360) + 360) % 360) - 180;

/** The angle between two points at the Earth's centre, degrees. */
export function apart(a: Point, b: Point): number {
  return Math.acos(Math.max(-1, Math.min(1, dot(vector(a), vector(b))))) / RAD;
}

/** A way between two ends: straight where one of them flies, else along the great circle just above the ground. */
export function way(from: Vec, to: Vec, steps: number): Vec[] {
  const flies = length(from) > 1.003 || length(to) > 1.003;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const straight = mix(from, to, step / steps);
    return flies ? straight : scale(unit(straight), 1.0016);
  });
}

/**
 * Where the Sun stands overhead, to about 0.1°: low-precision formula of the Astronomical Almanac (section C), valid 1950 to 2050.
 * Symbols: n days from J2000.0, L mean longitude, g mean anomaly, l ecliptic longitude, e obliquity.
 */
export function subsolarPoint(time_ms: number): Point {
  const n = time_ms / 86_400_000 - 10_957.5;
  const L = 280.46 + 0.985_647_4 * n;
  const g = (357.528 + 0.985_600_3 * n) * RAD;
  const l = (L + 1.915 * Math.sin(g) + 0.02 * Math.sin(2 * g)) * RAD;
  const e = (23.439 - 0.000_000_4 * n) * RAD;
  const rightAscension = Math.atan2(Math.cos(e) * Math.sin(l), Math.cos(l)) / RAD;
  const siderealTime = 280.460_618_4 + 360.985_647_366_3 * n;
  return { lat: Math.asin(Math.sin(e) * Math.sin(l)) / RAD, lon: wrap(rightAscension - siderealTime) };
}
