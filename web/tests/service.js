// The real service, on a free port, with the demonstration log and a fixed clock.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const AT = "2026-08-22T21:00:12Z";
const READY_WITHIN_MS = 900_000;

/** Starts it; gives its address and a way to stop it. SKYSHED_URL names one that runs already. */
export async function serve(at = AT) {
  if (process.env.SKYSHED_URL) return { url: process.env.SKYSHED_URL, stop: async () => {} };
  const program = process.env.SKYSHED_PROGRAM ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/skyshed");
  if (!existsSync(program)) throw new Error(`no program at ${program}; cargo build first, or name one in SKYSHED_PROGRAM`);
  const home = mkdtempSync(join(tmpdir(), "skyshed-page-"));
  const child = spawn(program, ["serve", "--listen", "127.0.0.1:0", "--at", at], { env: { ...process.env, SKYSHED_HOME: home }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(late);
    }
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const url = await new Promise((done, failed) => {
      const late = setTimeout(() => failed(new Error(`the service is not ready after ${READY_WITHIN_MS / 1000} s; it said:\n${said}`)), READY_WITHIN_MS);
      const hear = (bytes) => {
        said += bytes;
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(said);
        if (found) { clearTimeout(late); done(found[0]); }
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => { clearTimeout(late); failed(new Error(`the service ended with code ${code}; it said:\n${said}`)); });
    });
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
