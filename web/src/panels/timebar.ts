// The time bar: the hour around now, moved by hand or running; below it the charts of what is looked at.

import { json } from "../api";
import type { App } from "../app";
import { el, need, refill } from "../dom";
import { moment, percent } from "../format";
import { texts } from "../texts";
import { chart, type Sample } from "./chart";

const REACH_MIN = 180;
const SPEEDS = [1, 10, 60, 300];
const STEP_S = 360;

interface Timeline { complete: boolean; ended: string | null; instants: number; items: { time: string; served?: boolean | null; cause?: string | null; rtt_ms: number | null; rate_mbps?: number | null; people_served_share?: number | null }[] }

export function timebar(app: App): void {
  const bar = need("#timebar");
  const slider = el("input", { type: "range", id: "time", min: -REACH_MIN, max: REACH_MIN, step: 1, value: 0, "aria-label": texts.timeSlider });
  const play = el("button", { type: "button", class: "tool", id: "play" });
  const speed = el("select", { id: "speed", "aria-label": texts.speed }, ...SPEEDS.map((one) => el("option", { value: String(one) }, `${one}×`)));
  const live = el("button", { type: "button", class: "tool", id: "live" });
  const time = el("output", { class: "when", htmlFor: "time" });
  const charts = el("div", { class: "charts", id: "charts", hidden: true });
  const more = el("button", { type: "button", class: "tool", id: "open-charts", "aria-expanded": "false", "aria-controls": "charts" }, texts.charts);
  const aside = el("p", { class: "note aside" });
  const sayAside = (): void => { if (app.slot) aside.textContent = texts.notLive(moment(app.slot.time)); };
  let base = app.clock.service();
  bar.append(el("div", { class: "row" }, play, speed, slider, time, live, more), aside, charts);

  let second = -1;
  const show = (): void => {
    // Once a second, and at once when time stands or jumps.
    const now = Math.floor(app.clock.now() / 1000) + (app.clock.live ? 0 : 0.5) + (app.clock.playing ? 0 : 0.25);
    if (now === second) return;
    second = now;
    const minutes = Math.round((app.clock.now() - app.clock.service()) / 60_000);
    if (document.activeElement !== slider || app.clock.playing) slider.value = String(Math.max(-REACH_MIN, Math.min(REACH_MIN, minutes)));
    slider.setAttribute("aria-valuetext", texts.timeOffset(minutes));
    const [date, rest] = [moment(app.clock.now()).slice(0, 10), moment(app.clock.now()).slice(11)];
    const said = `${date} ${rest} (${texts.timeOffset(minutes)})`;
    if (time.textContent !== said) time.replaceChildren(el("span", { class: "date" }, `${date} `), said.slice(11));
    const running = app.clock.live || app.clock.playing;
    play.textContent = running ? "❚❚" : "▶";
    play.setAttribute("aria-label", running ? texts.pause : texts.play);
    live.textContent = app.clock.live ? `● ${texts.live}` : texts.goLive;
    live.classList.toggle("on", app.clock.live);
    if (speed.value !== String(app.clock.live ? 1 : app.clock.speed)) speed.value = String(app.clock.live ? 1 : app.clock.speed);
    if (bar.classList.contains("moved") === app.clock.live) { bar.classList.toggle("moved", !app.clock.live); app.fit(); }
  };
  slider.addEventListener("input", () => {
    base = app.clock.service();
    app.clock.playing = false;
    app.clock.goTo(base + Number(slider.value) * 60_000);
    app.pace();
    show();
  });
  slider.addEventListener("change", () => app.setTime(Number(slider.value) === 0 ? null : app.clock.now()));
  play.addEventListener("click", () => { app.clock.setPlaying(!(app.clock.live || app.clock.playing)); app.setTime(app.clock.now()); show(); });
  speed.addEventListener("change", () => { app.clock.playing = true; app.clock.setSpeed(Number(speed.value)); app.setTime(app.clock.live ? null : app.clock.now()); });
  live.addEventListener("click", () => { app.setTime(null); show(); });
  more.addEventListener("click", () => {
    charts.hidden = !charts.hidden;
    more.setAttribute("aria-expanded", String(!charts.hidden));
    app.fit();
    void draw();
  });

  let asked = "", again: ReturnType<typeof setTimeout> | undefined, middle = 0;
  const draw = async (more = false): Promise<void> => {
    clearTimeout(again);
    if (charts.hidden) return;
    const { selected } = app.link;
    const kind = selected?.kind === "place" || selected?.kind === "territory" ? selected.kind : null;
    if (!kind) { asked = ""; refill(charts, el("p", { class: "note" }, texts.chartHint)); return; }
    if (!more) middle = Math.round(app.clock.service() / 900_000) * 900_000;
    const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
    const path = `/api/v1/timeline?${kind}=${encodeURIComponent(selected!.id)}&from=${iso(middle - REACH_MIN * 60_000)}&until=${iso(middle + REACH_MIN * 60_000)}&step_s=${STEP_S}`;
    if (asked === path) return;
    asked = path;
    if (!more) refill(charts, el("p", { class: "note" }, texts.loadingPart));
    try {
      const { items, complete, instants, ended } = await json<Timeline>(path);
      if (asked !== path || charts.hidden) return;
      // Slots are planned one after the other: what is there is shown, and the rest asked for.
      if (!complete) { again = setTimeout(() => { asked = ""; void draw(true); }, 1500); }
      if (items.length < 2) { refill(charts, el("p", { class: "note", role: "status" }, ended ?? texts.chartPart(items.length, instants))); app.fit(); return; }
      const of = (pick: (item: Timeline["items"][number]) => number | null | undefined): Sample[] => items.map((item) => ({ time_ms: Date.parse(item.time), value: pick(item) ?? null }));
      const goTo = (time_ms: number): void => app.setTime(time_ms);
      refill(charts,
        complete ? (ended ? el("p", { class: "note wide" }, ended) : null) : el("p", { class: "note wide", role: "status" }, texts.chartPart(items.length, instants)),
        chart({ title: texts.chartRtt, unit: texts.chartUnit, samples: of(({ rtt_ms }) => rtt_ms), show: (value) => `${value.toFixed(1)} ms`, now: () => app.clock.now(), goTo }),
        kind === "territory"
          ? chart({ title: texts.chartShare, unit: "%", samples: of(({ people_served_share }) => (people_served_share == null ? null : 100 * people_served_share)), show: (value) => percent(value, 100), now: () => app.clock.now(), goTo, range: [0, 100] })
          : chart({ title: texts.chartServed, unit: "", samples: of(({ rtt_ms }) => (rtt_ms === null ? 0 : 1)), show: (value) => (value ? texts.yes : texts.no), now: () => app.clock.now(), goTo, range: [0, 1], steps: true }));
      app.fit();
    } catch (error) {
      asked = "";
      refill(charts, el("p", { class: "note" }, error instanceof Error ? error.message : String(error)));
    }
  };
  app.on("selection", () => void draw());
  app.on("time", show);
  app.on("slot", sayAside);
  sayAside();
  setInterval(show, 1000);
  show();
  app.fit();
}
