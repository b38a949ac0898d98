// The top of the page: search, clock, theme, tables.

import type { App } from "../app";
import { announce, el, need } from "../dom";
import { moment } from "../format";
import { setTheme, theme, type Theme } from "../theme";
import { texts } from "../texts";
import { Search } from "./search";

const THEMES: Theme[] = ["auto", "dark", "light"];

export function wireTop(app: App): void {
  new Search(app);
  need("#home").addEventListener("click", (event) => { event.preventDefault(); app.goHome(); });
  need("#open-tables").addEventListener("click", () => app.setTable("territories"));
  need("#zoom-in").addEventListener("click", () => app.globe.zoomBy(1.6));
  need("#zoom-out").addEventListener("click", () => app.globe.zoomBy(1 / 1.6));
  const button = need<HTMLButtonElement>("#theme");
  const show = (): void => { button.textContent = { auto: "◐", dark: "☾", light: "☀" }[theme()]; button.setAttribute("aria-label", texts.themes[theme()]); button.title = texts.themes[theme()]; };
  button.addEventListener("click", () => { setTheme(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]!); show(); announce(texts.themes[theme()]); });
  show();
  app.on("slot", () => clock(app));
  setInterval(() => clock(app), 500);
  window.addEventListener("keydown", (event) => {
    if (event.key === "/" && !(event.target instanceof HTMLInputElement) && !event.ctrlKey && !event.metaKey) { event.preventDefault(); need("#search").focus(); }
  });
}

function clock(app: App): void {
  const { slot, health } = app;
  if (!slot || !health) return;
  const left = Math.ceil((Date.parse(slot.time) + slot.length_s * 1000 - app.clock.service()) / 1000);
  const said = left > 0 ? texts.nextSlot(left) : texts.planning;
  const box = need("#clock");
  if (!box.firstChild) box.append(el("span", { class: "name" }, texts.slot), el("time", {}), el("small", { "aria-live": "off" }));
  const time = box.querySelector("time")!, small = box.querySelector("small")!;
  if (time.dateTime !== slot.time) { time.dateTime = slot.time; time.replaceChildren(el("span", { class: "date" }, `${slot.time.slice(0, 10)} `), moment(slot.time).slice(11)); }
  if (small.textContent !== said) small.textContent = said;
}
