// The page, as a person uses it: in Chromium, against the real service. Every picture it takes is real, nothing is mocked.
//   node --test tests/        (after `cargo build` and `npm run build`)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import { after, afterEach, before, test } from "node:test";
import { launch } from "./browser.js";
import { serve } from "./service.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// Waits are for conditions, and end with them; the patience is that of a busy machine drawing in software.
const PATIENCE_MS = 300_000, TEST_MS = 1_200_000;
const FIRST_PICTURE_BYTES_MAX = 600_000;
const DESKTOP = { width: 1280, height: 800 }, PHONE = { width: 360, height: 740 };

let service, browser;
before(async () => { service = await serve(); browser = await launch(); }, { timeout: TEST_MS });
// What a failed test left open would go on drawing beside those that follow.
afterEach(async () => { for (const context of browser.contexts()) await context.close(); });
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
  page.setDefaultNavigationTimeout(PATIENCE_MS);
  const wrong = [];
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type()) || /GPU stall|GL Driver Message/.test(message.text())) return;
    // On a busy machine the service tells with status 503 that its plan is behind; the page shows that as a banner.
    if (message.text().includes("503") && message.location().url.endsWith("/healthz")) return;
    wrong.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
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
/** Everything has its place, and the camera rests. */
const rest = async (page) => {
  await page.locator("#open-charts").waitFor();
  await page.waitForFunction(() => { const now = JSON.stringify([skyshed.globe.view, skyshed.globe.middle()]), same = now === globalThis.held; globalThis.held = now; return same; }, null, { polling: 400 });
};
/** What the page shows and what the service answers, of one slot: both are read again until neither has moved on. */
async function agreed(shown, told) {
  for (;;) {
    const [[time, what], answer] = [await shown(), await told()];
    if (time === answer.time) return [what, answer];
  }
}

/** What an answer weighs for a client that reads gzip. */
const gzipBytes = (url) => new Promise((done, failed) => {
  request(url, { headers: { "accept-encoding": "gzip" } }, (answer) => {
    let bytes = 0;
    answer.on("data", (part) => { bytes += part.length; });
    answer.on("end", () => done(bytes));
  }).on("error", failed).end();
});

test("the first picture is small, and all of it comes from the service", { timeout: TEST_MS }, async () => {
  const context = await browser.newContext({ viewport: DESKTOP });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.setDefaultNavigationTimeout(PATIENCE_MS);
  const asked = [];
  page.on("requestfinished", (request) => asked.push(request));
  await page.goto(service.url);
  await page.waitForFunction(() => performance.getEntriesByName("skyshed-first-picture").length > 0);
  const [origin, ms] = await page.evaluate(() => [performance.timeOrigin, performance.getEntriesByName("skyshed-first-picture")[0].startTime]);
  await page.waitForFunction(() => skyshed.globe.satellites.count > 9000 && skyshed.territories.length > 0, null, { timeout: PATIENCE_MS });
  // What had come by then: more comes while it is noticed here that the picture is there.
  const came = (request) => { const { startTime, responseEnd } = request.timing(); return startTime + Math.max(0, responseEnd); };
  const answers = await Promise.all(asked.filter((request) => request.url().startsWith(service.url)).map(async (request) => ({ early: came(request) <= origin + ms, bytes: await gzipBytes(request.url()) })));
  const sum = (list) => list.reduce((all, { bytes }) => all + bytes, 0), early = answers.filter((one) => one.early), first = sum(early);
  console.log(`first picture: ${Math.round(ms)} ms, ${Math.round(first / 1000)} kB gzip in ${early.length} answers; with satellites, territories and borders ${Math.round(sum(answers) / 1000)} kB`);
  assert.ok(early.length > 5, `${early.length} answers`);
  assert.ok(first < FIRST_PICTURE_BYTES_MAX, `${first} bytes until the first picture; allowed: ${FIRST_PICTURE_BYTES_MAX}`);
  await context.close();
});

test("in ten seconds: who is served, by what, who decided, what if", { timeout: TEST_MS }, async () => {
  const { page, close } = await open();
  await page.waitForFunction(() => skyshed.territories.length > 0);
  const [said, slot] = await agreed(() => page.evaluate(() => [skyshed.slot.time, document.querySelector("#answers").innerText]), () => api("/api/v1/slot"));
  for (const question of ["Who is served?", "By what?", "Who decided it?", "What if it changed?"]) assert.ok(said.includes(question), question);
  assert.ok(said.includes(`${(slot.people.served / 1e9).toFixed(2)} of ${(slot.people.total / 1e9).toFixed(2)} billion people`), said);
  assert.ok(said.includes(`of ${slot.satellites.total.toLocaleString("en")} satellites`), said);
  assert.ok(said.includes(`${slot.log.size.toLocaleString("en")} records, cosigned by ${slot.log.witnesses} witnesses`), said);
  const notes = await page.locator("#banners").innerText();
  assert.match(notes, /Demonstration log/);
  assert.match(notes, /Designed constellation/);
  await close();
});

test("a place that is searched: the answer, the way hop by hop, the round trip in parts", { timeout: TEST_MS }, async () => {
  const { page, close } = await open();
  await page.getByRole("combobox", { name: /service at/ }).fill("Nairobi");
  await page.getByRole("option", { name: /^Nairobi, KE/ }).click();
  await title(page, "Nairobi");
  const read = () => page.evaluate(() => {
    const panel = document.querySelector("#panel"), texts = (selector) => [...panel.querySelectorAll(selector)].map((node) => node.innerText);
    return [/slot (\S+Z)/i.exec(panel.innerText)?.[1], { hops: texts(".way li").length, parts: texts(".trip .parts li b"), sum: texts(".trip h3")[0] }];
  });
  const [{ hops, parts, sum }, why] = await agreed(read, () => api("/api/v1/why?place=Nairobi"));
  assert.ok(why.served);
  assert.equal(hops, why.path.hops.length + 1);
  assert.ok(Math.abs(parseFloat(/[\d.]+/.exec(sum)[0]) - why.rtt_ms) < 0.1, `${sum} against ${why.rtt_ms}`);
  const total = parts.reduce((all, part) => all + parseFloat(part), 0);
  assert.ok(Math.abs(total - parseFloat(/[\d.]+/.exec(sum)[0])) < 0.3, `${parts} against ${sum}`);
  assert.ok(await page.evaluate(() => skyshed.globe.ways.mesh.visible && skyshed.globe.ways.count > 40), "the way is drawn");
  assert.match(await page.evaluate(() => location.hash), /^#place=Nairobi/);
  await close();
});

test("a place where it is off: the decision, who signed, and what would be", { timeout: TEST_MS }, async () => {
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

test("a click on the globe asks about that place", { timeout: TEST_MS }, async () => {
  const { page, close } = await open("#cam=48.50,9.00,1.300");
  await rest(page);
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
  await panel(page).getByText(`(${why.territory.id})`).first().waitFor();
  await close();
});

test("a territory: decided, enforced and observed side by side, who signed, the proof verified here", { timeout: TEST_MS }, async () => {
  const { page, close } = await open("#territory=TW");
  await title(page, "Taiwan");
  // In one look: each new slot fills the panel anew.
  const read = () => page.evaluate(() => {
    const panel = document.querySelector("#panel:not([aria-busy])"), columns = [...panel.querySelectorAll(".column")];
    return [skyshed.slot.time, { said: panel.innerText, columns: columns.map((one) => ({ title: one.querySelector("h3").innerText, said: one.innerText, x: one.getBoundingClientRect().x, y: one.getBoundingClientRect().y })) }];
  });
  const told = async () => { const detail = await api("/api/v1/territories/TW"); return { time: detail.enforced.slot_time, detail }; };
  const [{ said, columns: [left, middle, right] }, { detail }] = await agreed(read, told), [decided] = detail.decided;
  assert.deepEqual([left.title, middle.title, right.title], ["Decided", "Enforced", "Observed"]);
  assert.ok(left.x < middle.x && middle.x < right.x && left.y === right.y, "side by side");
  assert.ok(said.includes(`No. ${decided.decision}`) && said.includes(decided.reason_text) && said.includes(decided.zone_sha256), said);
  for (const { organisation, record } of decided.signed_by) assert.ok(said.includes(organisation) && said.includes(`record ${record}`), organisation);
  assert.ok(middle.said.includes(`${detail.enforced.cells_served} of ${detail.cells}`), middle.said);
  const proof = await panel(page).getByRole("link", { name: "Download the proof" }).getAttribute("href");
  assert.equal((await fetch(new URL(proof, service.url))).status, 200);
  await panel(page).getByRole("button", { name: "Verify in this browser" }).click();
  await panel(page).getByText(`Decision ${decided.decision} holds`).waitFor();
  const { time } = await page.evaluate(() => skyshed.slot);
  const filled = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/api/v1/territories/TW");
  await page.waitForFunction((time) => skyshed.slot.time !== time, time);
  await (await filled).finished();
  await panel(page).getByText(`Decision ${decided.decision} holds`).waitFor();
  await close();
});

test("what one person could try alone is refused by the verifier", { timeout: TEST_MS }, async () => {
  const { page, close } = await open();
  await page.getByRole("button", { name: "Can one person do it?" }).click();
  const dialog = page.getByRole("dialog", { name: "Can one person do it?" });
  await dialog.getByRole("button", { name: "Try it" }).click();
  await dialog.getByText("3 of 3 attempts were refused").waitFor();
  assert.equal(await dialog.locator(".tries .holds").count(), 1, "the untouched proof holds");
  assert.equal(await dialog.locator(".tries .refused").count(), 3);
  await close();
});

test("the whole log is verified in the browser", { timeout: TEST_MS }, async () => {
  const { page, close } = await open("#table=log");
  await page.getByRole("button", { name: "Verify the whole log in this browser" }).click();
  const { log } = await api("/api/v1/log");
  await page.locator(".holds").filter({ hasText: `The log holds: ${log.size.toLocaleString("en")} records` }).waitFor();
  await close();
});

test("a preview: gained and lost, inside and outside, in numbers and on the globe", { timeout: TEST_MS }, async () => {
  const { page, close } = await open();
  await page.getByRole("button", { name: "Preview a change" }).click();
  await page.locator("#preview-territory").selectOption("TW");
  assert.equal(await page.locator("#preview-state").inputValue(), "on", "what is off is turned on");
  const answered = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/api/v1/preview");
  await panel(page).getByRole("button", { name: "Preview", exact: true }).click();
  const { beam_level: { inside, outside } } = await (await answered).json();
  await title(page, "What if Taiwan were on?");
  const sides = await panel(page).locator(".side").allInnerTexts();
  assert.ok(sides[0].startsWith("Inside") && sides[0].includes(`${inside.gained.cells.toLocaleString("en")} cells`), sides[0]);
  assert.ok(sides[1].startsWith("Outside") && sides[1].includes(`${outside.lost.cells.toLocaleString("en")} cell`), sides[1]);
  assert.ok(inside.gained.cells > 200);
  const shown = await page.evaluate(() => {
    const { overlay, overlayShare } = skyshed.globe.planet.ball.material.uniforms, data = overlay.value.image.data;
    let changed = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at]) changed += 1;
    return { share: overlayShare.value, changed };
  });
  assert.ok(shown.share === 1 && shown.changed > 100, JSON.stringify(shown));
  await panel(page).getByRole("button", { name: "Close" }).click();
  await page.waitForFunction(() => skyshed.globe.planet.ball.material.uniforms.overlayShare.value === 0);
  await close();
});

test("time: scrubbing moves satellites and the Sun, the place is answered for then, charts come", { timeout: TEST_MS }, async () => {
  const { page, close } = await open("#place=Nairobi");
  await title(page, "Nairobi");
  await page.waitForFunction(() => skyshed.globe.satellites.count > 9000);
  const state = () => page.evaluate(() => ({ satellite: skyshed.globe.satellites.at(0, skyshed.clock.now()), sun: skyshed.globe.planet.ball.material.uniforms.sun.value.toArray(), now: skyshed.clock.now() }));
  const before = await state();
  await page.locator("#time").focus();
  for (let press = 0; press < 60; press++) await page.keyboard.press("ArrowRight");
  await page.waitForFunction((then) => skyshed.clock.now() > then + 3_000_000 && Math.abs(skyshed.globe.satellites.motion.time_ms - skyshed.clock.now()) < 20_000, before.now);
  const after = await state();
  assert.ok(Math.hypot(...after.satellite.map((axis, k) => axis - before.satellite[k])) > 0.05, "the satellite moved");
  assert.ok(Math.hypot(...after.sun.map((axis, k) => axis - before.sun[k])) > 0.1, "so did the Sun");
  assert.match(await page.evaluate(() => location.hash), /t=2026-08-22T2[12]:/);
  await panel(page).getByText(/slot 2026-08-22T22:\d\d:/i).waitFor();
  const { time } = await page.evaluate(() => skyshed.slot);
  assert.ok((await page.locator("#timebar .aside").innerText()).includes(time.slice(11, 19)), "it is said of which slot the cells' colours are");
  await page.getByRole("button", { name: "Back to live" }).click();
  assert.ok(await page.evaluate(() => skyshed.clock.live));
  await page.getByRole("button", { name: "Charts" }).click();
  await page.locator(".chart").first().waitFor();
  assert.match(await page.locator(".chart figcaption").first().innerText(), /Round trip/);
  await close();
});

test("a permanent link restores the view", { timeout: TEST_MS }, async () => {
  const hash = "#territory=KE&layer=territories&only=off&t=2026-08-22T21:30:00Z&cam=0.50,37.80,1.700";
  const { page, close } = await open(hash);
  await title(page, "Kenya");
  await rest(page);
  const { lat, lon, distance, link } = await view(page);
  assert.ok(Math.abs(lat - 0.5) < 0.01 && Math.abs(lon - 37.8) < 0.01 && Math.abs(distance - 1.7) < 0.001, JSON.stringify({ lat, lon, distance }));
  assert.deepEqual(link.selected, { kind: "territory", id: "KE" });
  assert.deepEqual([link.layer, link.only, link.time_ms], ["territories", "off", Date.parse("2026-08-22T21:30:00Z")]);
  assert.equal(await page.evaluate(() => location.hash), hash);
  // The way back: another place, then back again.
  await page.evaluate(() => skyshed.select({ kind: "territory", id: "UG" }));
  await title(page, "Uganda");
  await page.goBack();
  await title(page, "Kenya");
  await close();
});

test("the tables are what the service answers", { timeout: TEST_MS }, async () => {
  const { page, close } = await open("#table=territories");
  const rows = async (name) => {
    const of = page.locator("dialog", { has: page.locator(".tab[aria-current]", { hasText: new RegExp(`^${name}$`) }) }).locator(".body:not([aria-busy])");
    await of.locator("tbody tr").first().waitFor();
    return of.locator(".tabled").first().locator("tbody tr").evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.innerText)));
  };
  const tab = async (name) => { await page.getByRole("dialog").getByRole("button", { name, exact: true }).click(); return rows(name); };
  const first = await rows("Territories");
  const [territories, coverage] = [await all("/api/v1/territories"), await api("/api/v1/coverage?by=country")];
  const covered = new Set(coverage.map(({ territory }) => territory));
  const expected = territories.filter(({ id, kind, parent }) => covered.has(id) || (parent === null && kind !== "region"));
  assert.match(await page.locator("dialog .tablebar p").innerText(), new RegExp(`of ${expected.length} rows`));
  expected.slice(0, first.length).forEach((row, at) => {
    assert.ok(first[at][0].includes(row.name) && first[at][0].includes(row.id), `${first[at][0]} against ${row.name}`);
    assert.equal(first[at][3], row.decision === null ? "–" : String(row.decision), row.id);
  });
  const satellites = (await api("/api/v1/satellites?limit=100")).items;
  const shown = await tab("Satellites");
  assert.deepEqual(shown.map((row) => [row[0], row[1]]), satellites.map(({ name, catalog_number }) => [name, String(catalog_number)]));
  assert.deepEqual((await tab("Gateways")).map((row) => row[0]), (await all("/api/v1/gateways")).slice(0, 100).map(({ name }) => name));
  assert.deepEqual((await tab("Points of presence")).map((row) => row[0]), (await all("/api/v1/pops")).map(({ name }) => name));
  const slot = await page.evaluate(() => skyshed.slot), causes = await tab("Cells by state");
  assert.equal(causes.length, 1 + Object.keys(slot.causes).length);
  assert.equal((await tab("Network")).length, slot.links.length);
  assert.deepEqual((await tab("Requests")).map((row) => row[0]), (await all("/api/v1/requests")).slice(0, 100).map(({ request }) => String(request)));
  assert.deepEqual((await tab("Log")).map((row) => row[2]), (await api("/api/v1/log/entries?limit=100")).items.map(({ summary }) => summary));
  await close();
});

test("near the ground the real cells stand with their outlines and causes", { timeout: TEST_MS }, async () => {
  const { page, close } = await open("#cam=46.80,8.20,1.040");
  await page.waitForFunction(() => skyshed.nearCells.length > 50);
  const { cells, drawn } = await page.evaluate(() => ({
    cells: skyshed.nearCells.map(({ cell, boundary, served, cause }) => ({ cell, corners: boundary.length, served, cause })),
    drawn: skyshed.globe.near.outlines.count,
  }));
  assert.ok(cells.every(({ corners, served, cause }) => corners >= 6 && served === (cause === null)));
  assert.equal(drawn, cells.reduce((sum, { corners }) => sum + corners - 1, 0));
  await close();
});

test("a satellite: its beams fall on the cells it serves", { timeout: TEST_MS }, async () => {
  const busy = (await api("/api/v1/satellites?limit=1000")).items.reduce((most, next) => (next.cells_served > most.cells_served ? next : most));
  assert.ok(busy.cells_served > 1);
  const { page, close } = await open(`#satellite=${busy.catalog_number}`);
  await title(page, busy.name);
  // A line for each beam and each side of its cell.
  await page.waitForFunction(() => { const said = document.querySelector("#panel").innerText, cells = Number(/Serves\s+([\d,]+)/.exec(said)?.[1].replaceAll(",", "")); return cells > 0 && skyshed.globe.ways.count > cells; });
  await close();
});

test("live: the next slot comes by itself", { timeout: TEST_MS }, async () => {
  const { page, close } = await open();
  const first = await page.evaluate(() => skyshed.slot.time);
  await page.waitForFunction((time) => skyshed.slot.time > time, first);
  await page.waitForFunction(() => document.querySelector("#clock time").getAttribute("datetime") === skyshed.slot.time);
  await close();
});

test("where motion is not wanted, nothing moves by itself", { timeout: TEST_MS }, async () => {
  const { page, close } = await open("", { motion: "reduce" });
  await page.waitForFunction(() => skyshed.territories.length > 0);
  assert.equal(await page.evaluate(() => skyshed.globe.speed), 0);
  await page.evaluate(() => skyshed.globe.flyTo({ lat: 10, lon: 20 }, 2));
  const { lat, lon, distance } = await view(page);
  assert.deepEqual([lat, lon, distance], [10, 20, 2], "a flight is a jump");
  await close();
});

test("everything is reached by keyboard, nothing holds it, and focus is seen", { timeout: TEST_MS }, async () => {
  const { page, close } = await open();
  await page.waitForFunction(() => skyshed.territories.length > 0 && document.querySelector("#open-charts"));
  const focused = () => page.evaluate(() => {
    const node = document.activeElement;
    if (!node || node === document.body) return null;
    const style = getComputedStyle(node);
    return { id: node.id, label: node.getAttribute("aria-label") ?? node.textContent.trim(), seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1 };
  });
  const seen = [];
  for (let press = 0; press < 60; press++) {
    await page.keyboard.press("Tab");
    const at = await focused();
    if (!at) break;
    seen.push(at);
    if (press > 5 && at.label === seen[0].label) break;
  }
  assert.ok(seen.length < 60, "the keyboard comes to the end of the page");
  for (const id of ["search", "open-tables", "theme", "globe", "zoom-in", "time", "play", "open-charts"]) assert.ok(seen.some((one) => one.id === id), `${id} among ${seen.map((one) => one.id || one.label)}`);
  assert.deepEqual(seen.filter((one) => !one.seen).map((one) => one.id || one.label), [], "focus is seen on each");
  await page.keyboard.press("/");
  await page.locator("#search").fill("");
  await page.locator("#globe").focus();
  const before = await view(page);
  await page.keyboard.press("ArrowRight");
  assert.notEqual((await view(page)).lon, before.lon, "arrows turn the globe");
  await page.keyboard.press("Enter");
  await panel(page).locator(".badge").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#panel").waitFor({ state: "hidden" });
  await page.locator("#open-tables").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.id), "open-tables", "focus goes back to where it came from");
  await close();
});

test("on a phone nothing is cut off, and the answer comes as a sheet", { timeout: TEST_MS }, async () => {
  const { page, close } = await open("#place=Taipei", { viewport: PHONE, touch: true });
  await title(page, "Taipei");
  const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide[0] <= wide[1], `${wide[0]} px wide on ${wide[1]}`);
  const [globe, sheet] = [await page.locator("#globe").boundingBox(), await page.locator("#sheet").boundingBox()];
  assert.ok(globe.height > 200 && sheet.y > globe.y + 150 && sheet.y + sheet.height <= PHONE.height, JSON.stringify({ globe, sheet }));
  await page.locator("#grab").click();
  await page.waitForFunction((height) => document.querySelector("#sheet").getBoundingClientRect().height > height + 100, sheet.height);
  await close();
});

for (const scheme of ["dark", "light"]) {
  test(`axe finds nothing, ${scheme}`, { timeout: TEST_MS }, async () => {
    const found = [];
    for (const [name, hash, ready, options] of [
      ["overview", "", () => skyshed.territories.length > 0, {}],
      ["place", "#place=Nairobi", () => document.querySelector("#panel:not([aria-busy]) .way"), {}],
      ["territory", "#territory=TW&layer=territories", () => document.querySelector("#panel:not([aria-busy]) .columns"), {}],
      ["preview", "#preview=TW=on", () => document.querySelector("#panel:not([aria-busy]) .sides"), {}],
      ["tables", "#table=territories", () => document.querySelector("dialog .body:not([aria-busy]) tbody tr"), {}],
      ["log", "#table=log", () => document.querySelector("dialog .body:not([aria-busy]) tbody tr"), {}],
      ["lone", "#lone=yes", () => document.querySelector("dialog.lone[open] .main"), {}],
      ["phone", "#place=Taipei", () => document.querySelector("#panel:not([aria-busy]) .badge"), { viewport: PHONE, touch: true }],
    ]) {
      const { page, close } = await open(hash, { scheme, ...options });
      await page.waitForFunction(ready);
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      found.push(...violations.map(({ id, help, nodes }) => `${name}: ${id}: ${help}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} (${failureSummary?.split("\n")[1]?.trim()})`).join(" | ")}`));
      await close();
    }
    assert.deepEqual(found, []);
  });
}
