// When the page shows its first picture: the service on loopback, a fresh browser each time, nothing cached.
//   node bench/first-picture.js [loads, default 5]        (after `cargo build`; SKYSHED_URL names a running service)
import { launch } from "../tests/browser.js";
import { serve } from "../tests/service.js";

const [loads = "5"] = process.argv.slice(2);
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const service = await serve(), painted = [], pictures = [];
try {
  for (let load = 0; load < Number(loads); load++) {
    const browser = await launch();
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "dark" });
      page.setDefaultTimeout(300_000);
      await page.goto(service.url);
      await page.waitForFunction(() => performance.getEntriesByName("skyshed-first-picture").length > 0);
      const [paint, picture] = await page.evaluate(() => ["first-contentful-paint", "skyshed-first-picture"].map((name) => performance.getEntriesByName(name)[0]?.startTime ?? NaN));
      painted.push(paint);
      pictures.push(picture);
    } finally {
      await browser.close();
    }
  }
} finally {
  await service.stop();
}
for (const [name, list] of [["first words", painted], ["first picture of the planet", pictures]]) console.log(`${name}: ${list.map(Math.round).join("  ")} ms, median ${Math.round(median(list))} ms`);
