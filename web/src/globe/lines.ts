// Lines of a width in pixels: four corners for each segment. Corners are not instanced: a processor that draws in software takes each
// instance for a draw of its own, and the borders alone are tens of thousands of segments.

import { type BufferAttribute, type ShaderMaterial, BufferGeometry, DoubleSide, DynamicDrawUsage, Float32BufferAttribute, Int8BufferAttribute, Mesh, Uint32BufferAttribute, Uint8BufferAttribute, Vector2, Vector3 } from "three";
import type { Vec } from "../geometry";
import { lineFragment, lineVertex } from "./shaders";
import { shader } from "./shader";

export type Rgba = readonly [number, number, number, number];

/** Which end a corner belongs to, and on which side of the line it lies. */
const CORNERS = [[0, -1], [1, -1], [1, 1], [0, 1]] as const;

export class Lines {
  readonly mesh: Mesh<BufferGeometry>;
  /** Segments that are drawn. */
  count = 0;
  private room = 0;

  constructor(width: number) {
    const material = shader(lineVertex, lineFragment, { eye: new Vector3(), screen: new Vector2(), width },
      { transparent: true, depthTest: false, depthWrite: false, side: DoubleSide });
    this.mesh = new Mesh(new BufferGeometry(), material);
    this.mesh.frustumCulled = false;
    this.mesh.visible = false;
  }

  setWidth(pixels: number): void {
    (this.mesh.material as ShaderMaterial).uniforms["width"]!.value = pixels;
  }

  /** Ends of each segment (three numbers each) and its colour (four numbers). */
  set(from: Float32Array, to: Float32Array, tint: Float32Array): void {
    this.count = from.length / 3;
    this.mesh.visible = this.count > 0;
    if (!this.count) return;
    if (this.count > this.room) this.grow(Math.max(this.count, 2 * this.room));
    this.fill("from", from, 3, 1);
    this.fill("to", to, 3, 1);
    this.fill("tint", tint, 4, 255);
    this.mesh.geometry.setDrawRange(0, 6 * this.count);
  }

  /** Makes room for so many segments. */
  private grow(room: number): void {
    const { geometry } = this.mesh, corners = new Int8Array(4 * 4 * room), index = new Uint32Array(6 * room);
    this.room = room;
    geometry.dispose();
    for (let at = 0; at < room; at++) {
      CORNERS.forEach(([end, side], corner) => { corners[16 * at + 4 * corner] = end; corners[16 * at + 4 * corner + 1] = side; });
      index.set([0, 1, 2, 0, 2, 3].map((corner) => 4 * at + corner), 6 * at);
    }
    geometry.setIndex(new Uint32BufferAttribute(index, 1));
    geometry.setAttribute("position", new Int8BufferAttribute(corners, 4));
    geometry.setAttribute("from", new Float32BufferAttribute(new Float32Array(12 * room), 3).setUsage(DynamicDrawUsage));
    geometry.setAttribute("to", new Float32BufferAttribute(new Float32Array(12 * room), 3).setUsage(DynamicDrawUsage));
    geometry.setAttribute("tint", new Uint8BufferAttribute(new Uint8Array(16 * room), 4, true).setUsage(DynamicDrawUsage));
  }

  /** Writes the same value to the four corners of each segment. */
  private fill(name: string, values: Float32Array, size: number, times: number): void {
    const attribute = this.mesh.geometry.getAttribute(name) as BufferAttribute, { array } = attribute;
    for (let at = 0; at < values.length; at += size) {
      for (let k = 0; k < size; k++) {
        const value = times * values[at + k]!;
        for (let corner = 0; corner < 4; corner++) array[4 * at + size * corner + k] = value;
      }
    }
    attribute.clearUpdateRanges();
    attribute.addUpdateRange(0, 4 * values.length);
    attribute.needsUpdate = true;
  }

  /** Chains of points, each in one colour; `dash` leaves every second segment out. */
  setChains(chains: { points: Vec[]; colour: Rgba; dash?: boolean }[]): void {
    const from: number[] = [], to: number[] = [], tint: number[] = [];
    for (const { points, colour, dash } of chains) {
      for (let at = 1; at < points.length; at++) {
        if (dash && at % 2) continue;
        from.push(...points[at - 1]!);
        to.push(...points[at]!);
        tint.push(...colour);
      }
    }
    this.set(new Float32Array(from), new Float32Array(to), new Float32Array(tint));
  }
}

/** `#rrggbb` as shares, with an opacity. */
export function rgba(hex: string, alpha = 1): Rgba {
  const part = (at: number): number => parseInt(hex.slice(at, at + 2), 16) / 255;
  return [part(1), part(3), part(5), alpha];
}
