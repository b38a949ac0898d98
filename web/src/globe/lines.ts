// Lines of a width in pixels.

import { type ShaderMaterial, DynamicDrawUsage, Float32BufferAttribute, InstancedBufferAttribute, InstancedBufferGeometry, Mesh, Vector2, Vector3, DoubleSide } from "three";
import type { Vec } from "../geometry";
import { lineFragment, lineVertex } from "./shaders";
import { shader } from "./shader";

export type Rgba = readonly [number, number, number, number];

export class Lines {
  readonly mesh: Mesh<InstancedBufferGeometry>;
  private room = 0;

  constructor(width: number) {
    const geometry = new InstancedBufferGeometry();
    geometry.setAttribute("position", new Float32BufferAttribute([0, -1, 0, 1, -1, 0, 1, 1, 0, 0, 1, 0], 3));
    geometry.setIndex([0, 1, 2, 0, 2, 3]);
    const material = shader(lineVertex, lineFragment, { eye: new Vector3(), screen: new Vector2(), width },
      { transparent: true, depthTest: false, depthWrite: false, side: DoubleSide });
    this.mesh = new Mesh(geometry, material);
    this.mesh.frustumCulled = false;
    this.set(new Float32Array(0), new Float32Array(0), new Float32Array(0));
  }

  setWidth(pixels: number): void {
    (this.mesh.material as ShaderMaterial).uniforms["width"]!.value = pixels;
  }

  /** Ends of each segment (three numbers each) and its colour (four numbers). */
  set(from: Float32Array, to: Float32Array, tint: Float32Array): void {
    const { geometry } = this.mesh, count = from.length / 3;
    if (count > this.room) {
      this.room = Math.max(count, 2 * this.room);
      // Frees the old buffers, and what three remembers of their length.
      geometry.dispose();
      delete (geometry as { _maxInstanceCount?: number })._maxInstanceCount;
      for (const [name, size] of [["from", 3], ["to", 3], ["tint", 4]] as const) {
        geometry.setAttribute(name, new InstancedBufferAttribute(new Float32Array(size * this.room), size).setUsage(DynamicDrawUsage));
      }
    }
    for (const [name, values] of [["from", from], ["to", to], ["tint", tint]] as const) {
      const attribute = geometry.getAttribute(name) as InstancedBufferAttribute | undefined;
      if (!attribute || !values.length) continue;
      (attribute.array as Float32Array).set(values);
      attribute.clearUpdateRanges();
      attribute.addUpdateRange(0, values.length);
      attribute.needsUpdate = true;
    }
    geometry.instanceCount = count;
    this.mesh.visible = count > 0;
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
