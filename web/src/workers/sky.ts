// The sky: element sets are read once, then propagated for each time that is asked for.

import orbitUrl from "../../wasm/skyshed_orbit.wasm?url";
import { Orbits } from "../wasm/orbit";

export type SkyAsked = { elements: string } | { time_ms: number };
export type SkyTold =
  | { kind: "read"; count: number; catalogNumbers: Float64Array; problemCount: number }
  | { kind: "motion"; time_ms: number; place: Float32Array; velocity: Float32Array; acceleration: Float32Array }
  | { kind: "failed"; message: string };

const orbits = Orbits.load(fetch(orbitUrl));
const tell = (told: SkyTold, transfer: Transferable[] = []): void => self.postMessage(told, { transfer });

self.onmessage = async ({ data }: MessageEvent<SkyAsked>) => {
  try {
    const sky = await orbits;
    if ("elements" in data) {
      const response = await fetch(data.elements);
      if (!response.ok) throw new Error(`${data.elements}: HTTP status ${response.status}`);
      const { count, problemCount } = sky.read(new Uint8Array(await response.arrayBuffer()));
      tell({ kind: "read", count, catalogNumbers: sky.catalogNumbers.slice(), problemCount });
    } else {
      const motion = sky.motion(data.time_ms);
      const [place, velocity, acceleration] = [motion.place.slice(), motion.velocity.slice(), motion.acceleration.slice()];
      tell({ kind: "motion", time_ms: data.time_ms, place, velocity, acceleration }, [place.buffer, velocity.buffer, acceleration.buffer]);
    }
  } catch (error) {
    tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
};
