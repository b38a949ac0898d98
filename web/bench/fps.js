// Frames per second of the globe, with all its satellites moving, against a bare three.js scene with 10,000 moving points.
// Same browser, same flags, same window, runs interleaved.
//   node bench/fps.js [URL of a running service, default http://127.0.0.1:8080/] [seconds a run] [pairs]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { preview, build } from "vite";
import { launch } from "../tests/browser.js";

const [url = "http://127.0.0.1:8080/", seconds = "4", pairs = "3"] = process.argv.slice(2);
const SIZE = { width: 1000, height: 800 };
const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), "skyshed-bare-"));
await build({ root: here, configFile: false, logLevel: "error", build: { outDir: out, emptyOutDir: true, rollupOptions: { input: join(here, "bare.html") } } });
const server = await preview({ root: here, configFile: false, logLevel: "error", build: { outDir: out }, preview: { port: 0, host: "127.0.0.1" } });
const bare = `${server.resolvedUrls.local[0]}bare.html`;

/** Frames per second of a page; `ready` says when it runs, `frames` how many it drew, `stir` what is done meanwhile. */
async function run(page, { ready, frames, stir = async () => {} }) {
  await page.waitForFunction(ready, null, { timeout: 120_000 });
  await page.waitForTimeout(1500);
  const [first, began] = [await page.evaluate(frames), performance.now()];
  const until = began + Number(seconds) * 1000;
  await stir(page, until);
  await page.waitForTimeout(Math.max(0, until - performance.now()));
  const last = await page.evaluate(frames);
  return ((last - first) * 1000) / (performance.now() - began);
}

const CASES = {
  bare: { address: bare, ready: "globalThis.bare?.frames > 2", frames: "bare.frames" },
  globe: {
    address: url,
    ready: "globalThis.skyshed?.globe.satellites.count > 9000",
    // Ten minutes a second, so that every frame is wanted.
    frames: "(skyshed.globe.speed = 600, skyshed.globe.ask(), skyshed.globe.frames)",
  },
  turned: {
    address: url,
    ready: "globalThis.skyshed?.globe.satellites.count > 9000",
    frames: "(skyshed.globe.speed = 600, skyshed.globe.ask(), skyshed.globe.frames)",
    stir: (page, until) => page.evaluate((ms) => new Promise((done) => {
      const end = performance.now() + ms, step = () => { skyshed.globe.turnBy(3, 0); if (performance.now() < end) requestAnimationFrame(step); else done(); };
      requestAnimationFrame(step);
    }), until - performance.now()),
  },
};
const found = { bare: [], globe: [], turned: [] };
try {
  for (let pair = 0; pair < Number(pairs); pair++) {
    for (const [name, one] of Object.entries(CASES)) {
      const browser = await launch(["--disable-frame-rate-limit", "--disable-gpu-vsync"]);
      try {
        const page = await browser.newPage({ viewport: SIZE, colorScheme: "dark" });
        await page.goto(one.address);
        found[name].push(await run(page, one));
      } finally {
        await browser.close();
      }
    }
  }
} finally {
  await server.close();
  rmSync(out, { recursive: true, force: true });
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
for (const [name, list] of Object.entries(found)) console.log(`${name.padEnd(7)} ${list.map((fps) => fps.toFixed(1)).join("  ")} frames/s, median ${median(list).toFixed(1)}, ratio to bare ${(median(list) / median(found.bare)).toFixed(2)}`);
