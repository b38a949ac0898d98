// Gateways and points of presence.

import { BufferGeometry, Color, Float32BufferAttribute, Points, Vector3 } from "three";
import { vector, type Point, type Vec } from "../geometry";
import { siteFragment, siteVertex } from "./shaders";
import { shader } from "./shader";

export class Sites {
  readonly points: Points;
  private readonly material;
  private readonly geometry = new BufferGeometry();
  places: Vec[] = [];

  constructor() {
    this.material = shader(siteVertex, siteFragment, { eye: new Vector3(), size: 9, ink: new Color(0), paper: new Color(0) }, { transparent: true, depthTest: false, depthWrite: false });
    this.points = new Points(this.geometry, this.material);
    this.points.frustumCulled = false;
    this.points.visible = false;
    // Above borders and cells, which are drawn as transparent ones are: last.
    this.points.renderOrder = 9;
  }

  /** Gateways are squares on their corner, points of presence rings. */
  set(sites: (Point & { pop: boolean })[]): void {
    this.places = sites.map((site) => vector(site, 8));
    this.geometry.setAttribute("position", new Float32BufferAttribute(this.places.flat(), 3));
    this.geometry.setAttribute("kind", new Float32BufferAttribute(sites.map((site) => (site.pop ? 1 : 0)), 1));
    this.points.visible = sites.length > 0;
  }

  setSize(pixels: number): void {
    this.material.uniforms["size"]!.value = pixels;
  }

  setTheme(dark: boolean, set: (hex: string) => Color): void {
    this.material.uniforms["ink"]!.value = set(dark ? "#ffffff" : "#0b1526");
    this.material.uniforms["paper"]!.value = set(dark ? "#0b1526" : "#ffffff");
  }
}
