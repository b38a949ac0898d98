// The page, as a person uses it: in Chromium, against the real service. Every picture it takes is real, nothing is mocked.
//   node --test tests/        (after `cargo build` and `npm run build`)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch } from "./browser.js";
import { serve } from "./service.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE_MS = 90_000;
const FIRST_PICTURE_BYTES_MAX = 600_000;
const DESKTOP = { width: 1280, height: 800 }, PHONE = { width: 360, height: 740 };

let service, browser;
before(async () => { service = await serve(); browser = await launch(); }, { timeout: 300_000 });
after(async () => { await browser?.close(); await service?.stop(); });

const api = async (path) => {
  const response = await fetch(new URL(path, service.url));
  assert.equal(response.status, 200, path);
  return response.json();
};
const all = async (path) => {
  const items = [];
  for (let cursor = null; ;) {
    const page = await api(`${path}${path.includes("?") ? "&" : "?"}limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    items.push(...page.items);
    if (!(cursor = page.next)) return items;
  }
};

/** Opens a view; whatever it says to the console or asks from elsewhere is a failure when it is closed. */
async function open(hash = "", { viewport = DESKTOP, scheme = "dark", motion = "no-preference", touch = false } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: scheme, reducedMotion: motion, hasTouch: touch });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const wrong = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type()) && !/GPU stall|GL Driver Message/.test(message.text())) wrong.push(`${message.type()}: ${message.text()}`); });
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("request", (request) => { if (!request.url().startsWith(service.url) && !/^(data|blob):/.test(request.url())) wrong.push(`asks elsewhere: ${request.url()}`); });
  await page.goto(service.url + hash);
  await page.waitForFunction(() => performance.getEntriesByName("skyshed-first-picture").length > 0);
  const close = async () => { await context.close(); assert.deepEqual(wrong, []); };
  return { page, close };
}

const panel = (page) => page.locator("#panel:not([aria-busy])");
const title = (page, text) => panel(page).getByRole("heading", { level: 2, name: text }).waitFor();
const view = (page) => page.evaluate(() => ({ ...skyshed.globe.view, link: skyshed.link }));
/** The camera rests. */
const rest = async (page) => { await page.waitForFunction(() => { const now = JSON.stringify(skyshed.globe.view), same = now === globalThis.held; globalThis.held = now; return same; }, null, { polling: 400 }); };

test("the first picture is small, and all of it comes from the service", { timeout: PATIENCE_MS }, async () => {
  const context = await browser.newContext({ viewport: DESKTOP });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setAcceptedEncodings", { encodings: ["gzip"] });
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await page.goto(service.url);
  await page.waitForFunction(() => performance.getEntriesByName("skyshed-first-picture").length > 0);
  const first = bytes;
  const ms = await page.evaluate(() => performance.getEntriesByName("skyshed-first-picture")[0].startTime);
  await page.waitForFunction(() => skyshed.globe.satellites.count > 9000 && skyshed.territories.length > 0, null, { timeout: PATIENCE_MS });
  console.log(`first picture: ${Math.round(ms)} ms, ${Math.round(first / 1000)} kB gzip; with satellites, territories and borders ${Math.round(bytes / 1000)} kB`);
  assert.ok(first < FIRST_PICTURE_BYTES_MAX, `${first} bytes until the first picture; allowed: ${FIRST_PICTURE_BYTES_MAX}`);
  await context.close();
});

test("in ten seconds: who is served, by what, who decided, what if", { timeout: PATIENCE_MS }, async () => {
  const { page, close } = await open();
  const slot = await api("/api/v1/slot");
  await page.waitForFunction(() => skyshed.territories.length > 0);
  const said = await page.locator("#answers").innerText();
  for (const question of ["Who is served?", "By what?", "Who decided it?", "What if it changed?"]) assert.ok(said.includes(question), question);
  assert.ok(said.includes(`${(slot.people.served / 1e9).toFixed(2)} of ${(slot.people.total / 1e9).toFixed(2)} billion people`), said);
  assert.ok(said.includes(`of ${slot.satellites.total.toLocaleString("en")} satellites`), said);
  assert.ok(said.includes(`${slot.log.size.toLocaleString("en")} records, cosigned by ${slot.log.witnesses} witnesses`), said);
  const notes = await page.locator("#banners").innerText();
  assert.match(notes, /Demonstration log/);
  assert.match(notes, /Designed constellation/);
  await close();
});

test("a place that is searched: the answer, the way hop by hop, the round trip in parts", { timeout: PATIENCE_MS }, async () => {
  const { page, close } = await open();
  await page.getByRole("combobox", { name: /service at/ }).fill("Nairobi");
  await page.getByRole("option", { name: /^Nairobi, KE/ }).click();
  await title(page, "Nairobi");
  const why = await page.evaluate(() => fetch("/api/v1/why?place=Nairobi").then((response) => response.json()));
  assert.ok(why.served);
  const hops = panel(page).locator(".way li");
  assert.equal(await hops.count(), why.path.hops.length + 1);
  const parts = await panel(page).locator(".trip .parts li b").allInnerTexts();
  const sum = await panel(page).locator(".trip h3").innerText();
  const total = parts.reduce((all, part) => all + parseFloat(part), 0);
  assert.ok(Math.abs(total - parseFloat(/[\d.]+/.exec(sum)[0])) < 0.3, `${parts} against ${sum}`);
  assert.ok(await page.evaluate(() => skyshed.globe.ways.mesh.visible && skyshed.globe.ways.mesh.geometry.instanceCount > 40), "the way is drawn");
  assert.match(await page.evaluate(() => location.hash), /^#place=Nairobi/);
  await close();
});

test("a place where it is off: the decision, who signed, and what would be", { timeout: PATIENCE_MS }, async () => {
  const { page, close } = await open("#place=Taipei");
  await title(page, "Taipei");
  const why = await api("/api/v1/why?place=Taipei"), { decision } = why.activation;
  const said = await panel(page).innerText();
  assert.ok(said.includes("Off by decision"));
  assert.ok(said.includes(`No. ${decision.number} on TW: off`), said);
  for (const approver of decision.logged.approvers) assert.ok(said.includes(approver), approver);
  assert.ok(said.includes(decision.reason));
  assert.ok(said.includes("If it were on"));
  await close();
});

test("a click on the globe asks about that place", { timeout: PATIENCE_MS }, async () => {
  const { page, close } = await open("#cam=48.50,9.00,1.300");
  const [x, y] = await page.evaluate(() => skyshed.globe.middle());
  const box = await page.locator("#globe").boundingBox();
  await page.evaluate(() => { skyshed.globe.satellites.points.visible = false; skyshed.globe.sites.points.visible = false; });
  await page.mouse.click(box.x + x, box.y + y);
  await panel(page).locator(".badge").waitFor();
  const { selected } = await page.evaluate(() => skyshed.link);
  assert.equal(selected.kind, "place");
  const [lat, lon] = selected.id.split(",").map(Number);
  assert.ok(Math.abs(lat - 48.5) < 0.3 && Math.abs(lon - 9) < 0.3, selected.id);
  const why = await api(`/api/v1/why?place=${selected.id}`);
  assert.ok((await panel(page).innerText()).includes(why.territory.id));
  await close();
});
