// The globe: a still picture of the planet that is drawn only when something about it changes, and above it what moves.
//
// Layers: `still` (space, planet, borders, cells near the camera, sites) is drawn into a texture; each frame copies what of it is not
// plain space and draws `moving` (satellites, ways) over it. Nothing loops over the satellites here: the graphics processor moves them.

import { Color, Matrix4, Mesh, NearestFilter, PerspectiveCamera, PlaneGeometry, Scene, SRGBColorSpace, Vector2, Vector3, WebGLRenderer, WebGLRenderTarget } from "three";
import { calm } from "../dom";
import { RAD, apart, pointOf, scale, unit, vector, wrap, type Point, type Vec } from "../geometry";
import { copyFragment, copyVertex } from "./shaders";
import { Planet, SPACE } from "./planet";
import { Lines } from "./lines";
import { Satellites } from "./satellites";
import { Sites } from "./sites";
import { Near } from "./near";
import { shader } from "./shader";
import { Hands } from "./hands";

export interface View extends Point { distance: number }
export interface Insets { left: number; top: number; right: number; bottom: number }
export interface Handlers {
  onPick(point: Point, x: number, y: number): void;
  onHover(point: Point | null, x: number, y: number): void;
  /** The view changed, by hand or by flight; `settled` where it rests. */
  onView(view: View, settled: boolean): void;
}

export const DISTANCE_MIN = 1.012;
export const DISTANCE_MAX = 6;
export const DISTANCE_HOME = 3.15;
const HALF_FIELD = 20 * RAD;
/** Beyond this, in Earth radii, space is of one colour: see the shader of the halo. */
const SKY_RADIUS = 1.15;
const SLOWEST_FRAME_MS = 1000;

export class Globe {
  readonly canvas: HTMLCanvasElement;
  readonly planet = new Planet();
  readonly satellites = new Satellites();
  readonly sites = new Sites();
  readonly borders = new Lines(1);
  readonly near = new Near();
  /** Ways of packets and beams: these move with the satellites. */
  readonly ways = new Lines(2.4);
  view: View = { lat: 18, lon: wrap(-new Date().getTimezoneOffset() / 4), distance: DISTANCE_HOME };
  /** Frames drawn, and of these those that drew the planet anew: for the bench. */
  frames = 0;
  stills = 0;
  /** Seconds of the sky per second of the clock: 0 where time stands. */
  speed = 0;
  /** Called before each frame, with whether time moves on. */
  beforeFrame: () => void = () => undefined;

  private readonly renderer: WebGLRenderer;
  private readonly camera = new PerspectiveCamera(40, 1, 0.01, 20);
  private readonly still = new Scene();
  private readonly moving = new Scene();
  // Copied pixel by pixel: nothing is mixed, which costs a processor that draws in software several times as much.
  private readonly rest = new WebGLRenderTarget(1, 1, { samples: 4, magFilter: NearestFilter, minFilter: NearestFilter });
  private readonly quick = new WebGLRenderTarget(1, 1);
  private readonly copy;
  private space = new Color();
  private readonly eye = new Vector3();
  private readonly back = new Matrix4();
  private readonly screen = new Vector2(1, 1);
  private insets: Insets = { left: 0, top: 0, right: 0, bottom: 0 };
  private siteSize = 9;
  private stale = true;
  private asked = 0;
  private later: ReturnType<typeof setTimeout> | undefined;
  private settle: ReturnType<typeof setTimeout> | undefined;
  private handling = false;
  private last = 0;
  private flight = 0;
  private quality = 1;
  private readonly handlers: Handlers;

  constructor(canvas: HTMLCanvasElement, handlers: Handlers) {
    this.canvas = canvas;
    this.handlers = handlers;
    this.renderer = new WebGLRenderer({ canvas, antialias: false, alpha: false, depth: false, stencil: false, powerPreference: "high-performance" });
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.renderer.autoClear = false;
    this.renderer.debug.checkShaderErrors = false;
    this.camera.up.set(0, 0, 1);
    this.still.add(this.planet.halo, this.planet.ball, this.borders.mesh, this.near.mesh, this.near.outlines.mesh, this.sites.points);
    this.copy = shader(copyVertex, copyFragment, { picture: this.rest.texture, least: new Vector2(), most: new Vector2() }, { depthTest: false, depthWrite: false });
    const copy = new Mesh(new PlaneGeometry(2, 2), this.copy);
    copy.frustumCulled = false;
    copy.renderOrder = -9;
    this.moving.add(copy, this.satellites.points, this.ways.mesh);
    this.share(this.still);
    this.share(this.moving);
    new Hands(this, handlers);
    new ResizeObserver(() => this.resize()).observe(canvas);
    canvas.addEventListener("webglcontextrestored", () => this.changed());
    this.resize();
  }

  /** What the page covers: the planet stands in the middle of the rest. */
  setInsets(insets: Insets): void {
    this.insets = insets;
    this.resize();
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    this.screen.set(width / 2, height / 2);
    // Lines and marks in proportion to the planet, within what can be seen.
    const size = Math.max(0.55, Math.min(1, Math.min(width, height) / 700));
    this.borders.setWidth(0.85 * size);
    this.siteSize = 5 + 4 * size;
    this.satellites.setSize(ratio * (1 + size));
    const free = Math.min(width - this.insets.left - this.insets.right, height - this.insets.top - this.insets.bottom);
    this.camera.fov = (2 * Math.atan((Math.tan(HALF_FIELD) * height) / Math.max(80, free))) / RAD;
    this.camera.aspect = width / height;
    this.camera.setViewOffset(width, height, (this.insets.right - this.insets.left) / 2, (this.insets.bottom - this.insets.top) / 2, width, height);
    this.changed();
  }

  /** The still picture is out of date. */
  changed(): void {
    this.stale = true;
    this.ask();
  }

  /** Something that moves is out of date, or time runs. */
  ask(): void {
    if (this.asked) return;
    clearTimeout(this.later);
    this.asked = requestAnimationFrame((now) => { this.asked = 0; this.frame(now); });
  }

  private frame(now: number): void {
    const between = now - this.last;
    this.last = now;
    if (this.handling && between < 500) this.quality = Math.max(0.4, Math.min(1, this.quality * (between > 45 ? 0.8 : between < 24 ? 1.08 : 1)));
    this.beforeFrame();
    if (this.stale) this.drawStill();
    this.renderer.setRenderTarget(null);
    // As it is, for shaders write colours as they are: no conversion.
    this.renderer.state.buffers.color.setClear(this.space.r, this.space.g, this.space.b, 1, false);
    this.renderer.clear();
    this.renderer.render(this.moving, this.camera);
    this.frames += 1;
    if (this.speed) this.next();
  }

  /** The next frame comes when the fastest satellite has moved by a fifth of a pixel. */
  private next(): void {
    const pixels_s = (7.6 / 6371) * Math.abs(this.speed) / Math.max(1e-9, this.radiansPerPixel());
    const wait = Math.min(SLOWEST_FRAME_MS, 200 / pixels_s);
    if (wait < 20) this.ask();
    else { clearTimeout(this.later); this.later = setTimeout(() => this.ask(), wait - 8); }
  }

  private drawStill(): void {
    const ratio = this.renderer.getPixelRatio() * (this.handling ? this.quality : 1);
    const target = this.handling ? this.quick : this.rest;
    const [width, height] = [2 * this.screen.x * ratio, 2 * this.screen.y * ratio].map(Math.round) as [number, number];
    if (target.width !== width || target.height !== height) target.setSize(width, height);
    this.sites.setSize(ratio * this.siteSize);
    this.look();
    this.renderer.setRenderTarget(target);
    this.renderer.clear();
    this.renderer.render(this.still, this.camera);
    this.copy.uniforms["picture"]!.value = target.texture;
    this.frameSky();
    this.stale = false;
    this.stills += 1;
  }

  /** The part of the screen that holds more than plain space. */
  private frameSky(): void {
    const { least, most } = this.copy.uniforms, [x, y] = this.middle(), { distance } = this.view;
    const reach = distance > SKY_RADIUS ? (Math.tan(Math.asin(SKY_RADIUS / distance)) * this.screen.y) / Math.tan((this.camera.fov * RAD) / 2) : Infinity;
    const share = (at: number, size: number): number => Math.max(-1, Math.min(1, at / size - 1));
    (least!.value as Vector2).set(share(x - reach, this.screen.x), -share(y + reach, this.screen.y));
    (most!.value as Vector2).set(share(x + reach, this.screen.x), -share(y - reach, this.screen.y));
  }

  private look(): void {
    const eye = scale(vector(this.view), this.view.distance);
    this.camera.position.set(...eye);
    this.camera.near = Math.max(0.002, 0.3 * (this.view.distance - 1));
    this.camera.far = this.view.distance + 1.5;
    this.camera.lookAt(0, 0, 0);
    this.camera.updateProjectionMatrix();
    this.camera.updateMatrixWorld();
    this.eye.set(...eye);
    this.back.multiplyMatrices(this.camera.matrixWorld, this.camera.projectionMatrixInverse);
  }

  /** Hands the camera to every shader of a scene: once, for what is handed is moved in place. */
  private share(scene: Scene): void {
    scene.traverse((thing) => {
      const uniforms = (thing as Mesh & { material?: { uniforms?: Record<string, { value: unknown }> } }).material?.uniforms;
      if (!uniforms) return;
      if (uniforms["eye"]) uniforms["eye"].value = this.eye;
      if (uniforms["screen"]) uniforms["screen"].value = this.screen;
      if (uniforms["back"]) uniforms["back"].value = this.back;
    });
  }

  /** Angle on the ground of a pixel in the middle of the view. */
  radiansPerPixel(): number {
    return ((this.view.distance - 1) * Math.tan((this.camera.fov * RAD) / 2)) / this.screen.y;
  }

  /** Where a vector stands on the screen; null where the planet hides it. */
  project(at: Vec): [number, number] | null {
    const eye = scale(vector(this.view), this.view.distance);
    const ray: Vec = [at[0] - eye[0], at[1] - eye[1], at[2] - eye[2]];
    const square = ray[0] ** 2 + ray[1] ** 2 + ray[2] ** 2;
    const near = -(eye[0] * ray[0] + eye[1] * ray[1] + eye[2] * ray[2]) / square;
    const foot = Math.hypot(eye[0] + near * ray[0], eye[1] + near * ray[1], eye[2] + near * ray[2]);
    if (near < 1 && foot < 0.9995) return null;
    this.look();
    const on = new Vector3(...at).project(this.camera);
    return [(on.x + 1) * this.screen.x, (1 - on.y) * this.screen.y];
  }

  /** The point of the ground below a place on the screen; null beside the planet. */
  unproject(x: number, y: number): Point | null {
    this.look();
    const far = new Vector3(x / this.screen.x - 1, 1 - y / this.screen.y, 0.5).unproject(this.camera).sub(this.eye).normalize();
    const along = -this.eye.dot(far);
    const miss = this.eye.lengthSq() - along * along;
    if (along < 0 || miss >= 1) return null;
    const at = this.eye.clone().addScaledVector(far, along - Math.sqrt(1 - miss));
    return pointOf([at.x, at.y, at.z]);
  }

  /** Where the middle of the planet stands on the screen. */
  middle(): [number, number] {
    return [this.screen.x + (this.insets.left - this.insets.right) / 2, this.screen.y + (this.insets.top - this.insets.bottom) / 2];
  }

  /** Begins or goes on moving by hand: coarser until it rests. */
  touch(): void {
    this.handling = true;
    clearTimeout(this.settle);
    this.settle = setTimeout(() => { this.handling = false; this.changed(); this.handlers.onView(this.view, true); }, 160);
    this.changed();
    this.handlers.onView(this.view, false);
  }

  setView(view: View): void {
    const distance = Math.max(DISTANCE_MIN, Math.min(DISTANCE_MAX, view.distance));
    this.view = { lat: Math.max(-86, Math.min(86, view.lat)), lon: wrap(view.lon), distance };
  }

  turnBy(dx: number, dy: number): void {
    cancelAnimationFrame(this.flight);
    const step = Math.min(this.radiansPerPixel(), 0.012) / RAD;
    this.setView({ lat: this.view.lat + dy * step, lon: this.view.lon - (dx * step) / Math.max(0.25, Math.cos(this.view.lat * RAD)), distance: this.view.distance });
    this.touch();
  }

  zoomBy(factor: number): void {
    cancelAnimationFrame(this.flight);
    this.setView({ ...this.view, distance: 1 + (this.view.distance - 1) / factor });
    this.touch();
  }

  /** Turns to a view; at once where motion is not wanted. */
  flyTo(point: Point, distance = this.view.distance, atOnce = false): void {
    cancelAnimationFrame(this.flight);
    const from = this.view, turn = wrap(point.lon - from.lon), began = performance.now();
    const length = atOnce || calm.matches ? 0 : 500 + 500 * Math.min(1, apart(from, point) / 90);
    const step = (now: number): void => {
      const part = length ? Math.min(1, Math.max(0, (now - began) / length)) : 1, eased = part < 0.5 ? 4 * part ** 3 : 1 - (2 - 2 * part) ** 3 / 2;
      this.setView({ lat: from.lat + (point.lat - from.lat) * eased, lon: from.lon + turn * eased, distance: 1 + (from.distance - 1) * ((distance - 1) / (from.distance - 1)) ** eased });
      if (length) this.touch(); else { this.changed(); this.handlers.onView(this.view, true); }
      if (part < 1) this.flight = requestAnimationFrame(step);
    };
    step(began);
  }

  /** Turns so that all of some points show, no nearer than `nearest`. */
  flyAround(points: Point[], nearest: number, atOnce = false): void {
    const units = points.map((point) => vector(point));
    const middle = unit(units.reduce<Vec>((sum, at) => [sum[0] + at[0], sum[1] + at[1], sum[2] + at[2]], [0, 0, 0]));
    const centre = pointOf(middle);
    const reach = Math.max(...points.map((point) => apart(centre, point))) * RAD;
    const distance = Math.cos(reach) + (1.35 * Math.sin(Math.min(reach, 1.2))) / Math.tan(HALF_FIELD);
    this.flyTo(centre, Math.max(nearest, Math.min(DISTANCE_HOME, distance)), atOnce);
  }

  /** Colours of the theme. */
  setTheme(dark: boolean): void {
    const set = (hex: string): Color => new Color().setStyle(hex, "srgb-linear");
    this.planet.setTheme(dark, set);
    this.space = set(dark ? SPACE.dark : SPACE.light);
    this.satellites.setTheme(dark, set);
    this.sites.setTheme(dark, set);
    this.changed();
  }
}
