// Runs the WebAssembly modules under Node through the page's own loaders, for the tests of crates/skyshed-wasm, which know the expected
// answers. Tasks come as a JSON array on standard input, their outcomes
// leave as a JSON array on standard output.

import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const source = fileURLToPath(new URL("../../src/wasm/", import.meta.url));

const names = ["orbit", "verify", "whole-log"];

/** The loaders as the page's build tool makes them of the TypeScript. */
async function loaders(folder) {
  const entry = Object.fromEntries(names.map((name) => [name, join(source, `${name}.ts`)]));
  await build({
    configFile: false, root: source, publicDir: false, logLevel: "error",
    build: { outDir: folder, emptyOutDir: true, minify: false, target: "es2022", lib: { entry, formats: ["es"] } },
  });
  return Promise.all(names.map((name) => import(join(folder, `${name}.js`))));
}

const tasks = { orbit, decisions, logs };

/** Positions at many times, as f64 in one file, and what else the module says. */
async function orbit({ module, elements, times_ms, out }, [{ Orbits, OrbitError }]) {
  const orbits = await Orbits.load(await readFile(module));
  let early = null;
  try {
    orbits.motion(times_ms[0]);
  } catch (error) {
    early = error instanceof OrbitError ? error.message : null;
  }
  const read = orbits.read(await readFile(elements));
  const positions = new Float64Array(3 * orbits.count * times_ms.length);
  const problems = [];
  let worst = 0;
  times_ms.forEach((time_ms, step) => {
    const exact = orbits.positions(time_ms).slice();
    positions.set(exact, 3 * orbits.count * step);
    if (step === 0) problems.push(...orbits.problems());
    // The columns for drawing say the same in single precision; and where a satellite is 5 s later, from where it exactly is.
    const motion = orbits.motion(time_ms, 1);
    const { place, velocity, acceleration } = copied(motion);
    const later = orbits.positions(time_ms + 5000);
    exact.forEach((value, at) => {
      if (Number.isNaN(value) !== Number.isNaN(place[at])) throw new Error(`column ${at}: ${value} and ${place[at]}`);
      if (Math.abs(place[at] - value) > 6e-8 * Math.abs(value)) throw new Error(`column ${at}: ${value} and ${place[at]} m`);
      const off = Math.abs(value + 5 * velocity[at] + 12.5 * acceleration[at] - later[at]);
      if (off > worst) worst = off;
    });
  });
  await writeFile(out, positions);
  const refused = [];
  for (const wrong of [new Uint8Array(0), new TextEncoder().encode("<html>"), new Uint8Array([1, 2, 3])]) {
    try {
      orbits.read(wrong);
      refused.push(null);
    } catch (error) {
      refused.push(error instanceof OrbitError ? error.message : `not an OrbitError: ${error}`);
    }
  }
  let wrongTime = null;
  try {
    orbits.motion(NaN);
  } catch (error) {
    wrongTime = error instanceof OrbitError ? error.message : null;
  }
  const names = orbits.names, catalogNumbers = [...orbits.catalogNumbers];
  const found = catalogNumbers.every((number, index) => orbits.indexOf(number) === index) && orbits.indexOf(-1) === -1;
  const suns = times_ms.map((time_ms) => orbits.sun(time_ms));
  const gmst_rad = times_ms.map((time_ms) => orbits.gmst_rad(time_ms));
  return { early, read, names, catalogNumbers, found, problems, worst_m_after_5_s: worst, refused, wrongTime, suns, gmst_rad };
}

function copied(motion) {
  return { place: motion.place.slice(), velocity: motion.velocity.slice(), acceleration: motion.acceleration.slice() };
}

/** A proof as it is, and with one bit changed, in the proof or the policy, at each of many places. */
async function decisions({ module, number, proof, policy, record, proof_flips, policy_flips }, [, { Verifier }]) {
  const verifier = await Verifier.load(await readFile(module));
  const [proofBytes, policyBytes] = await Promise.all([readFile(proof), readFile(policy)]);
  const more = record ? { record: await readFile(record) } : {};
  const plain = verifier.decision(number, proofBytes, policyBytes, more);
  const proofs = proof_flips.map((flip) => verifier.decision(number, flipped(proofBytes, flip), policyBytes, more));
  const policies = policy_flips.map((flip) => verifier.decision(number, proofBytes, flipped(policyBytes, flip), more));
  return { plain, proofs, policies };
}

/** A whole log as it is, with each change, and what it says of a time. */
async function logs({ module, folder, policy, changes, at, territory, older }, [, { Verifier }, { verifyWholeLog }]) {
  const verifier = await Verifier.load(await readFile(module));
  const files = await filesBelow(folder);
  const policyBytes = policy ? await readFile(policy) : undefined;
  const options = { policy: policyBytes };
  const plain = verifier.log(files, options);
  const state = verifier.state(files, at, { ...options, territory });
  const changed = changes.map(({ path, flip }) => {
    const other = new Map(files);
    if (flip) other.set(path, flipped(files.get(path), flip));
    else other.delete(path);
    return verifier.log(other, options);
  });
  const needed = new Map([...files].filter(([path]) => path === "checkpoint" || path.startsWith("tile/")));
  const partial = verifier.log(needed, { ...options, partial: true });
  const asked = [];
  const fetch = async (url) => {
    asked.push(url);
    const bytes = files.get(url.replace("https://log.example/", ""));
    return bytes ? new Response(bytes) : new Response("", { status: 404 });
  };
  let progress = 0;
  const fetched = await verifyWholeLog(verifier, "https://log.example/", { ...options, fetch, progress: () => progress++ });
  const empty = verifier.log([], options);
  const history = older ? verifier.equivocation(await readFile(older), files.get("checkpoint"), policyBytes, files) : null;
  const seen = older ? verifier.log(files, { ...options, seen: await readFile(older) }) : null;
  return { plain, state, changed, partial, fetched, asked, progress, empty, history, seen };
}

async function filesBelow(folder) {
  const files = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const name = relative(folder, path);
    // What a log keeps for itself is not shown to others.
    if (!name.startsWith("keys/")) files.set(name, new Uint8Array(await readFile(path)));
  }
  return files;
}

function flipped(bytes, [place, bit]) {
  const other = new Uint8Array(bytes);
  other[place] ^= 1 << bit;
  return other;
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { scratch, tasks: wanted } = JSON.parse(Buffer.concat(chunks).toString());
const folder = join(scratch, `loaders-${process.pid}`);
try {
  const loaded = await loaders(folder);
  const outcomes = [];
  for (const one of wanted) outcomes.push(await tasks[one.task](one, loaded));
  process.stdout.write(JSON.stringify(outcomes));
} finally {
  await rm(folder, { recursive: true, force: true });
}
