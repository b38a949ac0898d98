// The satellites: one point each, moved by the graphics processor from a place, a velocity and an acceleration.

import { BufferAttribute, BufferGeometry, Color, DynamicDrawUsage, Points, Vector3 } from "three";
import { drawn, type Vec } from "../geometry";
import { satelliteFragment, satelliteVertex } from "./shaders";
import { shader } from "./shader";

/** Motion of all satellites about a time, ITRF: place in equatorial Earth radii, velocity per second, acceleration per second squared. */
export interface Motion {
  time_ms: number;
  place: Float32Array;
  velocity: Float32Array;
  acceleration: Float32Array;
}

export class Satellites {
  readonly points: Points;
  motion: Motion | null = null;
  private readonly material;
  private readonly geometry = new BufferGeometry();

  constructor() {
    this.material = shader(satelliteVertex, satelliteFragment, {
      eye: new Vector3(), since: 0, size: 2, colourServing: new Color(0), colourIdle: new Color(0), picked: -1, only: 0,
    }, { depthTest: false, depthWrite: false });
    this.points = new Points(this.geometry, this.material);
    this.points.frustumCulled = false;
    this.points.visible = false;
  }

  setMotion(motion: Motion): void {
    this.motion = motion;
    const same = this.geometry.getAttribute("position")?.array.length === motion.place.length;
    for (const [name, values] of [["position", motion.place], ["velocity", motion.velocity], ["acceleration", motion.acceleration]] as const) {
      if (same) {
        const attribute = this.geometry.getAttribute(name) as BufferAttribute;
        (attribute.array as Float32Array).set(values);
        attribute.needsUpdate = true;
      } else {
        this.geometry.setAttribute(name, new BufferAttribute(new Float32Array(values), 3).setUsage(DynamicDrawUsage));
      }
    }
    if (!same) this.geometry.setAttribute("kind", new BufferAttribute(new Float32Array(motion.place.length / 3).fill(1), 1).setUsage(DynamicDrawUsage));
    this.points.visible = true;
  }

  /** 1 for each satellite that serves somebody. */
  setKinds(kinds: Float32Array): void {
    const attribute = this.geometry.getAttribute("kind") as BufferAttribute | undefined;
    if (!attribute || attribute.array.length !== kinds.length) return;
    (attribute.array as Float32Array).set(kinds);
    attribute.needsUpdate = true;
  }

  setTime(time_ms: number): void {
    if (this.motion) this.material.uniforms["since"]!.value = (time_ms - this.motion.time_ms) / 1000;
  }

  /** Shows one satellite larger; -1 for none. */
  pick(index: number): void {
    this.material.uniforms["picked"]!.value = index;
  }

  setSize(pixels: number): void {
    this.material.uniforms["size"]!.value = pixels;
  }

  /** Where a satellite stands, on the ball that is drawn. */
  at(index: number, time_ms: number): Vec | null {
    if (!this.motion || index < 0 || index * 3 >= this.motion.place.length) return null;
    const { place, velocity, acceleration } = this.motion, since = (time_ms - this.motion.time_ms) / 1000;
    const axis = (k: number): number => place[3 * index + k]! + since * (velocity[3 * index + k]! + 0.5 * since * acceleration[3 * index + k]!);
    const at = drawn([axis(0), axis(1), axis(2)]);
    return Number.isFinite(at[0]) ? at : null;
  }

  get count(): number {
    return this.motion ? this.motion.place.length / 3 : 0;
  }

  setTheme(dark: boolean, set: (hex: string) => Color): void {
    this.material.uniforms["colourServing"]!.value = set(dark ? "#ffffff" : "#0b1526");
    this.material.uniforms["colourIdle"]!.value = set(dark ? "#8d99b3" : "#6b7890");
  }
}
