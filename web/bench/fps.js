// Frames per second of the globe, with all its satellites moving, against a bare three.js scene with 10,000 moving points.
// Same browser, flags, window, canvas, pixel ratio and camera; in turn. Every fourth frame, and at the end of a turn, the page waits until
// all that was asked for is drawn: no frame counts that waits in a queue.
//   node bench/fps.js [seconds a turn, default 6] [turns, default 5]        (after `cargo build`; SKYSHED_URL names a running service)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { preview, build } from "vite";
import { launch } from "../tests/browser.js";
import { serve } from "../tests/service.js";

const [seconds = "6", turns = "5"] = process.argv.slice(2);
const WINDOW = { width: 1280, height: 800 };
const PATIENCE_MS = 300_000;
const FLAGS = ["--disable-frame-rate-limit", "--disable-gpu-vsync"];
const here = dirname(fileURLToPath(import.meta.url));

/** In the page: draws for so long, then waits until all of it is drawn; gives frames per second. */
function drawn({ ms, turned }) {
  const { skyshed, bare } = globalThis, globe = skyshed?.globe, frames = () => (globe ?? bare).frames;
  const gl = (globe?.canvas ?? document.querySelector("canvas")).getContext("webgl2");
  const finish = () => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  // Ten minutes of the sky a second, so that every frame is wanted.
  if (globe) { globe.speed = 600; globe.ask(); } else bare.run();
  return new Promise((done) => {
    finish();
    const [first, began] = [frames(), performance.now()];
    let steps = 0;
    const step = () => {
      if (turned) globe.turnBy(3, 0);
      if (++steps % 4 === 0) finish();
      if (performance.now() - began < ms) { requestAnimationFrame(step); return; }
      if (globe) globe.speed = 0; else bare.stop();
      const last = frames();
      finish();
      done(((last - first) * 1000) / (performance.now() - began));
    };
    requestAnimationFrame(step);
  });
}

/** The page as it opens, once nothing of the still picture is drawn anew. */
async function globe(browser, url) {
  const page = await browser.newPage({ viewport: WINDOW, colorScheme: "dark" });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(url);
  await page.waitForFunction(() => globalThis.skyshed?.globe.satellites.count > 9000 && skyshed.globe.borders.mesh.visible && skyshed.globe.sites.points.visible && document.querySelector("#open-charts"));
  await rests(page);
  await page.evaluate(() => { skyshed.globe.speed = 0; });
  return page;
}

const rests = (page) => page.waitForFunction(() => { const { stills } = skyshed.globe, same = stills === globalThis.held; globalThis.held = stills; return same; }, null, { polling: 1500 });

async function bare(browser, address) {
  const page = await browser.newPage({ viewport: WINDOW, colorScheme: "dark" });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(address);
  await page.waitForFunction(() => globalThis.bare?.frames > 2);
  await page.evaluate(() => bare.stop());
  return page;
}

const out = mkdtempSync(join(tmpdir(), "skyshed-bare-"));
await build({ root: here, configFile: false, logLevel: "error", build: { outDir: out, emptyOutDir: true, rollupOptions: { input: join(here, "bare.html") } } });
const server = await preview({ root: here, configFile: false, logLevel: "error", build: { outDir: out }, preview: { port: 0, host: "127.0.0.1" } });
const service = await serve();
const found = { bare: [], globe: [], turned: [] };
const browsers = [await launch(FLAGS), await launch(FLAGS)];
try {
  const shown = await globe(browsers[0], service.url);
  const scene = await shown.evaluate(() => { const { canvas, camera } = skyshed.globe; return `width=${canvas.clientWidth}&height=${canvas.clientHeight}&fov=${camera.fov.toFixed(2)}`; });
  const points = await bare(browsers[1], `${server.resolvedUrls.local[0]}bare.html?${scene}`);
  console.log(`canvas and camera: ${scene}`);
  for (let turn = 0; turn < Number(turns); turn++) {
    for (const [name, page] of [["globe", shown], ["bare", points], ["turned", shown]]) {
      const fps = await page.evaluate(drawn, { ms: Number(seconds) * 1000, turned: name === "turned" });
      console.log(`  turn ${turn + 1}: ${name} ${fps.toFixed(1)} frames/s`);
      found[name].push(fps);
    }
    await rests(shown);
  }
} finally {
  for (const browser of browsers) await browser.close();
  await server.close();
  await service.stop();
  rmSync(out, { recursive: true, force: true });
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
for (const [name, list] of Object.entries(found)) console.log(`${name.padEnd(7)} ${list.map((fps) => fps.toFixed(1)).join("  ")} frames/s, median ${median(list).toFixed(1)}; median of the ratios to bare, turn by turn: ${median(list.map((fps, turn) => fps / found.bare[turn])).toFixed(2)}`);
