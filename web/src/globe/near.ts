// The real cells around the middle of the view, once the camera is near: filled in their colours, with their true outlines.

import { BufferGeometry, DoubleSide, Float32BufferAttribute, Mesh, MeshBasicMaterial } from "three";
import { add, scale, unit, vector, type Vec } from "../geometry";
import { Lines, rgba } from "./lines";

export interface NearCell { boundary: [number, number][]; colour: string; picked?: boolean }

const HEIGHT_KM = 3;

export class Near {
  readonly mesh: Mesh;
  readonly outlines = new Lines(1.1);

  constructor() {
    this.mesh = new Mesh(new BufferGeometry(), new MeshBasicMaterial({ vertexColors: true, side: DoubleSide, transparent: true, opacity: 0.86, depthTest: false, depthWrite: false }));
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 2;
    this.outlines.mesh.renderOrder = 3;
    this.mesh.visible = false;
  }

  /** Rings are of `[longitude, latitude]`, degrees, the first point again at the end. */
  set(cells: NearCell[], line: string): void {
    const places: number[] = [], colours: number[] = [];
    const chains: { points: Vec[]; colour: readonly [number, number, number, number] }[] = [];
    for (const { boundary, colour, picked } of cells) {
      const ring = boundary.slice(0, -1).map(([lon, lat]) => vector({ lat, lon }, HEIGHT_KM));
      if (ring.length < 3) continue;
      const middle = scale(unit(ring.reduce<Vec>((sum, at) => add(sum, at), [0, 0, 0])), 1 + HEIGHT_KM / 6371);
      const [r, g, b] = rgba(colour);
      ring.forEach((at, index) => {
        places.push(...middle, ...at, ...ring[(index + 1) % ring.length]!);
        colours.push(r, g, b, r, g, b, r, g, b);
      });
      chains.push({ points: [...ring, ring[0]!], colour: picked ? rgba(line, 1) : rgba(line, 0.45) });
    }
    this.mesh.geometry.dispose();
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new Float32BufferAttribute(places, 3));
    geometry.setAttribute("color", new Float32BufferAttribute(colours, 3));
    this.mesh.geometry = geometry;
    this.mesh.visible = places.length > 0;
    this.outlines.setChains(chains);
  }
}
