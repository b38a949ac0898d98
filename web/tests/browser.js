// Debian's Chromium without a screen, drawing in software.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export function executable() {
  const found = process.env.SKYSHED_CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (!found) throw new Error(`no Chromium; allowed: ${PLACES.join(", ")}, or its path in SKYSHED_CHROMIUM; on Debian: apt-get install chromium`);
  return found;
}

export const launch = (more = []) => chromium.launch({
  executablePath: executable(),
  args: ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--no-sandbox", "--disable-dev-shm-usage", ...more],
});
