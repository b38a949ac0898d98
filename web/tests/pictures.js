// The pictures of the page in docs/: the real service at a fixed time, in Chromium.
//   node tests/pictures.js [folder, default ../docs]        (after `cargo build` and `npm run build`)
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.js";
import { serve } from "./service.js";

const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "../../docs");
const PICTURES = [
  { name: "globe.jpg", hash: "#cam=24.00,62.00,3.150", scheme: "dark", ready: () => skyshed.globe.satellites.count > 9000 && skyshed.territories.length > 0 },
  { name: "globe-place.jpg", hash: "#place=-27.15,-109.43&cam=-28.00,-88.00,1.900", scheme: "dark", ready: () => document.querySelector("#panel:not([aria-busy]) .way") && skyshed.globe.satellites.count > 9000 },
  { name: "globe-territory.jpg", hash: "#territory=TW&cam=23.70,120.90,1.300", scheme: "light", ready: () => document.querySelector("#panel:not([aria-busy]) .proof") && skyshed.globe.satellites.count > 9000,
    act: async (page) => { await page.getByRole("button", { name: "Verify in this browser" }).click(); await page.locator(".verified .holds").waitFor(); } },
  { name: "globe-preview.jpg", hash: "#preview=TW=on&cam=23.70,121.50,1.240", scheme: "dark", ready: () => document.querySelector("#panel:not([aria-busy]) .sides") },
  { name: "globe-cells.jpg", hash: "#cam=41.40,43.20,1.055", scheme: "light", ready: () => skyshed.nearCells.length > 50 && skyshed.globe.satellites.count > 9000 },
  { name: "globe-phone.jpg", hash: "#place=Nairobi", scheme: "dark", viewport: { width: 390, height: 780 }, ready: () => document.querySelector("#panel:not([aria-busy]) .way") },
];

const service = await serve(), browser = await launch();
try {
  for (const { name, hash, scheme, ready, act, viewport = { width: 1360, height: 850 } } of PICTURES) {
    const page = await browser.newPage({ viewport, colorScheme: scheme });
    page.setDefaultTimeout(120_000);
    await page.goto(service.url + hash);
    await page.waitForFunction(() => globalThis.skyshed !== undefined);
    await page.waitForFunction(ready);
    await act?.(page);
    await page.waitForTimeout(2500);
    await page.screenshot({ path: join(folder, name), type: "jpeg", quality: 76 });
    console.log(name);
    await page.close();
  }
} finally {
  await browser.close();
  await service.stop();
}
