// Verifies a whole log in the browser: fetches the files that its checkpoint asks for, and has the verifier look at all of them.

import type { LogAnswer, LogOptions, Verdict, Verifier } from "./verify";

/** Most records that are fetched: 80 bundles and as many tiles. Larger logs are for `skyshed-verify`. */
export const RECORDS_MAX = 20_000;

/** How many files are asked for at once. */
const AT_ONCE = 6;

/** Leaves of a tile (C2SP tlog-tiles). */
const WIDTH = 256;

/** A log that cannot be fetched. */
export class FetchError extends Error {}

export interface WholeLogOptions extends LogOptions {
  /** Told after each file. */
  progress?: (done: number, all: number) => void;
  signal?: AbortSignal;
  /** Another `fetch`, for tests. */
  fetch?: (url: string, init?: RequestInit) => Promise<Response>;
}

/**
 * Verifies the log below an address such as `/log/`: signatures, witnesses, tree, every record, every decision derived again. Give a
 * `policy` from somebody other than the log's operator; without one the log's own copy is trusted, which only shows that the log agrees
 * with itself.
 */
export async function verifyWholeLog(verifier: Verifier, base: string, options: WholeLogOptions = {}): Promise<Verdict<LogAnswer>> {
  const files = new Map<string, Uint8Array>();
  const checkpoint = await file(base, "checkpoint", options);
  if (!checkpoint) throw new FetchError(`${base}checkpoint: there is none; give the address of a log's folder`);
  files.set("checkpoint", checkpoint);
  const size = treeSize(checkpoint);
  if (size > RECORDS_MAX) {
    throw new FetchError(`the log has ${size} records, at most ${RECORDS_MAX} are fetched here; use the program skyshed-verify`);
  }
  const wanted = ["policy.txt", "allowed_signers", ...tilePaths(size)];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let path = wanted.shift(); path !== undefined; path = wanted.shift()) {
      // A log may drop a partial tile once the full one is there.
      const found = (await file(base, path, options)) ?? (path.includes(".p/") ? await full(base, path, files, options) : undefined);
      if (found) files.set(path, found);
      options.progress?.(++done, done + wanted.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return verifier.log(files, { ...options, partial: true });
}

/** Paths of the tiles and bundles of a tree of so many leaves (C2SP tlog-tiles). */
export function tilePaths(size: number): string[] {
  const row = (name: string, count: number): string[] => {
    const paths: string[] = [];
    for (let index = 0; index * WIDTH < count; index++) {
      const width = Math.min(WIDTH, count - index * WIDTH);
      paths.push(`tile/${name}/${digits(index)}${width < WIDTH ? `.p/${width}` : ""}`);
    }
    return paths;
  };
  const paths = row("entries", size);
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / WIDTH)) paths.push(...row(String(level), count));
  return paths;
}

/** The second line of a checkpoint (C2SP tlog-checkpoint). It decides only what is fetched: the verifier checks it. */
function treeSize(checkpoint: Uint8Array): number {
  const size = new TextDecoder().decode(checkpoint).split("\n")[1] ?? "";
  if (!/^(0|[1-9][0-9]{0,14})$/.test(size)) throw new FetchError("checkpoint: its second line is no number of records");
  return Number(size);
}

/** A tile's number as a path, three digits at a time: 1234067 is x001/x234/067. */
function digits(index: number): string {
  let path = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) path = `x${String(rest % 1000).padStart(3, "0")}/${path}`;
  return path;
}

async function full(base: string, path: string, files: Map<string, Uint8Array>, options: WholeLogOptions): Promise<undefined> {
  const whole = path.slice(0, path.indexOf(".p/"));
  const found = await file(base, whole, options);
  if (found) files.set(whole, found);
}

async function file(base: string, path: string, options: WholeLogOptions): Promise<Uint8Array | undefined> {
  const get = options.fetch ?? ((url: string, init?: RequestInit) => fetch(url, init));
  const answer = await get(base + path, { signal: options.signal ?? null, cache: "no-cache" });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new FetchError(`${base}${path}: ${answer.status} ${answer.statusText}`);
  return new Uint8Array(await answer.arrayBuffer());
}
