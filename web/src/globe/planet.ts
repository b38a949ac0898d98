// The planet: a ball with the colours of its cells, day and night, and the air around it.

import { Color, DataTexture, LinearFilter, LinearMipmapLinearFilter, Matrix4, Mesh, PlaneGeometry, RGBAFormat, SphereGeometry, Vector3, RepeatWrapping } from "three";
import type { Vec } from "../geometry";
import { haloFragment, haloVertex, planetFragment, planetVertex } from "./shaders";
import { shader } from "./shader";

/** Space far from the planet. */
export const SPACE = { dark: "#05080f", light: "#dbe4ef" };

export class Planet {
  readonly ball: Mesh;
  readonly halo: Mesh;
  private readonly surface;
  private readonly space;

  constructor() {
    const none = blank();
    this.surface = shader(planetVertex, planetFragment, {
      colours: none, overlay: none, overlayShare: 0, sun: new Vector3(1, 0, 0), night: new Color(0), nightShare: 0.5, rim: new Color(0), eye: new Vector3(),
    });
    const sphere = new SphereGeometry(1, 192, 96);
    // Three's sphere has its pole along y, and longitude 180° W at x = -1: turned so that z is north and x is 0° N 0° E.
    sphere.rotateX(Math.PI / 2);
    this.ball = new Mesh(sphere, this.surface);
    this.ball.frustumCulled = false;
    this.space = shader(haloVertex, haloFragment, { eye: new Vector3(), back: new Matrix4(), inner: new Color(0), outer: new Color(0), glow: new Color(0) }, { depthWrite: false, depthTest: false });
    this.halo = new Mesh(new PlaneGeometry(2, 2), this.space);
    this.halo.frustumCulled = false;
    this.halo.renderOrder = -5;
  }

  /** Colours, row by row from the north-west corner. */
  setColours(pixels: Uint8Array, width: number, height: number): void {
    replace(this.surface.uniforms["colours"]!, pixels, width, height);
  }

  /** A second layer, with its own opacity in each pixel; the first turns grey below it. */
  setOverlay(pixels: Uint8Array | null, width: number, height: number): void {
    if (pixels) replace(this.surface.uniforms["overlay"]!, pixels, width, height);
    this.surface.uniforms["overlayShare"]!.value = pixels ? 1 : 0;
  }

  setSun(at: Vec): void {
    (this.surface.uniforms["sun"]!.value as Vector3).set(...at);
  }

  setTheme(dark: boolean, set: (hex: string) => Color): void {
    const { night, nightShare, rim } = this.surface.uniforms;
    night!.value = set(dark ? "#04070f" : "#3b4a63");
    nightShare!.value = dark ? 0.5 : 0.34;
    rim!.value = set(dark ? "#6fb4e8" : "#dcebf8");
    this.space.uniforms["inner"]!.value = set(dark ? "#0d1628" : "#eef3f9");
    this.space.uniforms["outer"]!.value = set(dark ? SPACE.dark : SPACE.light);
    this.space.uniforms["glow"]!.value = set(dark ? "#3f86c4" : "#9dbbdb");
  }
}

function blank(): DataTexture {
  const texture = new DataTexture(new Uint8Array([30, 40, 60, 255]), 1, 1, RGBAFormat);
  texture.needsUpdate = true;
  return texture;
}

function replace(uniform: { value: unknown }, pixels: Uint8Array, width: number, height: number): void {
  const held = uniform.value as DataTexture;
  if (held.image.width === width && held.image.height === height) {
    (held.image.data as Uint8Array).set(pixels);
    held.needsUpdate = true;
    return;
  }
  held.dispose();
  const texture = new DataTexture(new Uint8Array(pixels), width, height, RGBAFormat);
  texture.flipY = false;
  texture.wrapS = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.anisotropy = 4;
  texture.needsUpdate = true;
  uniform.value = texture;
}
