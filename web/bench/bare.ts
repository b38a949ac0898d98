// What the globe is held against: a bare scene in three.js, 10,000 points on a sphere, each moved in every frame.

import { BufferAttribute, BufferGeometry, DynamicDrawUsage, PerspectiveCamera, Points, PointsMaterial, Scene, WebGLRenderer } from "three";

const COUNT = 10_000;
const asked = new URLSearchParams(location.search), given = (name: string, without: number): number => Number(asked.get(name) ?? without);
const width = given("width", innerWidth), height = given("height", innerHeight);
const renderer = new WebGLRenderer();
renderer.setPixelRatio(devicePixelRatio);
renderer.setSize(width, height);
document.body.append(renderer.domElement);
const scene = new Scene(), camera = new PerspectiveCamera(given("fov", 40), width / height, 0.1, 10);
camera.position.set(0, 0, 3.15);
const places = new BufferAttribute(new Float32Array(3 * COUNT), 3).setUsage(DynamicDrawUsage);
const geometry = new BufferGeometry().setAttribute("position", places);
const points = new Points(geometry, new PointsMaterial({ size: 2, sizeAttenuation: false }));
points.frustumCulled = false;
scene.add(points);
let going = true;
const state = { frames: 0, run: (): void => { if (!going) { going = true; requestAnimationFrame(frame); } }, stop: (): void => { going = false; } };
Object.assign(globalThis, { bare: state });

function frame(now: number): void {
  const array = places.array as Float32Array;
  for (let k = 0; k < COUNT; k++) {
    const lat = Math.asin(2 * ((k * 0.618_034) % 1) - 1), lon = k * 2.399_963 + now * 0.001;
    array[3 * k] = 1.08 * Math.cos(lat) * Math.cos(lon);
    array[3 * k + 1] = 1.08 * Math.sin(lat);
    array[3 * k + 2] = 1.08 * Math.cos(lat) * Math.sin(lon);
  }
  places.needsUpdate = true;
  renderer.render(scene, camera);
  state.frames += 1;
  if (going) requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
