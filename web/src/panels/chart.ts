// A line over time, drawn as SVG; the same numbers as a table below it.

import { el } from "../dom";
import { moment } from "../format";
import { texts } from "../texts";

export interface Sample { time_ms: number; value: number | null }
export interface Chart { title: string; unit: string; samples: Sample[]; show: (value: number) => string; now: () => number; goTo: (time_ms: number) => void; range?: [number, number]; steps?: boolean }

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [640, 96, 38, 16];
const SVG = "http://www.w3.org/2000/svg";

export function chart({ title, unit, samples, show, now, goTo, range, steps = false }: Chart): HTMLElement {
  const values = samples.map(({ value }) => value).filter((value): value is number => value !== null);
  if (!samples.length) return el("p", { class: "note" }, `${title}: ${texts.chartNoService}`);
  const [low, high] = range ?? nice(Math.min(...values), Math.max(...values));
  const first = samples[0]!.time_ms, last = samples.at(-1)!.time_ms;
  const x = (time: number): number => LEFT + ((time - first) / Math.max(1, last - first)) * (WIDTH - LEFT);
  const y = (value: number): number => 4 + (1 - (value - low) / Math.max(1e-9, high - low)) * (HEIGHT - BOTTOM - 8);
  let line = "", pen = false;
  for (const { time_ms, value } of samples) {
    if (value === null) { pen = false; continue; }
    if (pen && steps) line += `H${x(time_ms).toFixed(1)}`;
    line += `${pen ? "L" : "M"}${x(time_ms).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = true;
  }
  const middle = values.length ? [...values].sort((a, b) => a - b)[values.length >> 1]! : null;
  const said = values.length ? `${title}: ${show(Math.min(...values))} – ${show(Math.max(...values))}${middle === null ? "" : `, ${texts.medianOf(show(middle))}`}` : `${title}: ${texts.chartNoService}`;
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": said });
  for (const value of steps ? [] : [low, (low + high) / 2, high]) {
    picture.append(svg("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }));
  }
  picture.append(svg("path", { class: "line", d: line }));
  const hand = svg("line", { class: "hand", x1: x(now()), x2: x(now()), y1: 0, y2: HEIGHT - BOTTOM });
  picture.append(hand);
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect(), part = ((event as MouseEvent).clientX - box.left) / box.width;
    goTo(first + Math.max(0, (part * WIDTH - LEFT) / (WIDTH - LEFT)) * (last - first));
  });
  const timer = setInterval(() => {
    if (!picture.isConnected) { clearInterval(timer); return; }
    const at = Math.max(LEFT, Math.min(WIDTH, x(now())));
    hand.setAttribute("x1", String(at));
    hand.setAttribute("x2", String(at));
  }, 500);
  const ticks = el("div", { class: "ticks", "aria-hidden": "true" }, ...[0, 0.25, 0.5, 0.75, 1].map((part) => el("span", {}, new Date(first + part * (last - first)).toISOString().slice(11, 16))));
  const scale = steps ? el("div", { class: "scale", "aria-hidden": "true" }, el("span", {}, texts.yes), el("span", {}, texts.no)) : el("div", { class: "scale", "aria-hidden": "true" }, el("span", {}, `${trim(high)}${unit === "%" ? " %" : ""}`), el("span", {}, trim((low + high) / 2)), el("span", {}, trim(low)));
  return el("figure", { class: "chart" }, el("figcaption", {}, said), el("div", { class: "plot" }, picture as unknown as Node, scale), ticks,
    el("details", { "data-key": title }, el("summary", {}, texts.chartTable),
      el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": title }, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, texts.time), el("th", { scope: "col" }, title))),
        el("tbody", {}, ...samples.map(({ time_ms, value }) => el("tr", {}, el("th", { scope: "row" }, moment(time_ms)), el("td", {}, value === null ? texts.chartNoService : show(value)))))))));
}

const trim = (value: number): string => String(Number(value.toFixed(1)));

function nice(low: number, high: number): [number, number] {
  if (!Number.isFinite(low)) return [0, 1];
  const step = 10 ** Math.floor(Math.log10(Math.max(1, high - low)));
  return [Math.max(0, Math.floor(low / step) * step), Math.ceil(high / step) * step + (high === low ? step : 0)];
}

function svg(name: string, attributes: Record<string, string | number>): SVGElement {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}
