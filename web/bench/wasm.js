// Times the WebAssembly modules in headless Chromium: node bench/wasm.js ELEMENTS LOG_FOLDER
// ELEMENTS: element sets or a preset, such as ../crates/skyshed-orbit/presets/starlink-2026.toml. LOG_FOLDER: a log with a proof of some
// decision, such as one of `skyshed log init DIR --demo`. Prints milliseconds; the machine should do nothing else meanwhile.

import { readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";

const [elements, log] = process.argv.slice(2);
if (!elements || !log) {
  console.error("usage: node bench/wasm.js ELEMENTS LOG_FOLDER");
  process.exit(2);
}
const web = fileURLToPath(new URL("..", import.meta.url));
const scratch = join(tmpdir(), `skyshed-wasm-bench-${process.pid}`);
const names = ["orbit", "verify"];
await build({
  configFile: false, root: web, publicDir: false, logLevel: "error",
  build: {
    outDir: scratch, emptyOutDir: true, target: "es2022",
    lib: { entry: Object.fromEntries(names.map((name) => [name, join(web, "src/wasm", `${name}.ts`)])), formats: ["es"] },
  },
});

/** What the page asks for, by path; everything is answered here, nothing goes out. */
const answers = new Map([["/", ["text/html", "<!doctype html><title>modules</title>"]]]);
for (const name of await readdir(scratch)) answers.set(`/${name}`, ["text/javascript", await readFile(join(scratch, name))]);
for (const name of names) answers.set(`/skyshed_${name}.wasm`, ["application/wasm", await readFile(join(web, "wasm", `skyshed_${name}.wasm`))]);
answers.set("/elements", ["application/octet-stream", await readFile(elements)]);
const paths = [];
for (const entry of await readdir(log, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name), name = relative(log, path);
  if (!entry.isFile() || name.startsWith("keys/")) continue;
  answers.set(`/log/${name}`, ["application/octet-stream", await readFile(path)]);
  paths.push(name);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  await page.route("**/*", (route) => {
    const found = answers.get(new URL(route.request().url()).pathname);
    return found ? route.fulfill({ contentType: found[0], body: found[1] }) : route.fulfill({ status: 404 });
  });
  await page.goto("http://skyshed.test/");
  console.log(JSON.stringify(await page.evaluate(measure, paths), null, 2));
} finally {
  await browser.close();
  await rm(scratch, { recursive: true, force: true });
}

/** Runs in the page. */
async function measure(paths) {
  const { Orbits } = await import("/orbit.js"), { Verifier } = await import("/verify.js");
  const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const timed = async (times, work) => {
    const spent = [];
    for (let turn = 0; turn < times; turn++) {
      const start = performance.now();
      await work(turn);
      spent.push(performance.now() - start);
    }
    spent.sort((a, b) => a - b);
    const at = (share) => Number(spent[Math.min(spent.length - 1, Math.floor(share * spent.length))].toFixed(2));
    return { times, first_quartile_ms: at(0.25), median_ms: at(0.5), p95_ms: at(0.95) };
  };
  let orbits, verifier;
  const answer = {};
  answer.load_orbit = await timed(5, async () => { orbits = await Orbits.load(fetch("/skyshed_orbit.wasm")); });
  const sets = await bytes("/elements");
  answer.read_elements = await timed(5, () => orbits.read(sets));
  answer.satellites = orbits.count;
  const begin_ms = Date.UTC(2026, 7, 22);
  answer.propagate_all = await timed(200, (turn) => orbits.motion(begin_ms + 15_000 * turn));

  answer.load_verifier = await timed(5, async () => { verifier = await Verifier.load(fetch("/skyshed_verify.wasm")); });
  const policy = await bytes("/log/policy.txt");
  const proofs = paths.filter((path) => path.startsWith("proof/"));
  const numbers = proofs.map((path) => Number(path.match(/\d+/)[0]));
  const held = await Promise.all(proofs.map((path) => bytes(`/log/${path}`)));
  let refused = 0;
  answer.one_proof = await timed(Math.min(100, proofs.length), (turn) => {
    if (!verifier.decision(numbers[turn], held[turn], policy).holds) refused++;
  });
  answer.proofs_refused = refused;
  const files = await Promise.all(paths.map(async (path) => [path, await bytes(`/log/${path}`)]));
  let whole;
  answer.whole_log = await timed(3, () => { whole = verifier.log(files, { policy }); });
  answer.whole_log_holds = whole.holds ? `${whole.answer.size} records, ${whole.answer.decisions} decisions, ${whole.answer.proofs} proofs` : whole.message;
  return answer;
}
