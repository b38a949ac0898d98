// Names beside the ends of a way.

import type { App } from "./app";
import { el, need } from "./dom";
import { wayLabels } from "./ways";

export function labels(app: App): void {
  const box = need("#labels");
  let held = "";
  const place = (): void => {
    const wanted = wayLabels(), said = wanted.map(({ label }) => label).join("\n");
    if (!said && !held) return;
    if (said !== held) { box.replaceChildren(...wanted.map(({ label }) => el("span", {}, label))); held = said; }
    const taken: [number, number, number][] = [];
    wanted.forEach(({ at }, index) => {
      const node = box.children[index] as HTMLElement, on = app.globe.project(at);
      node.hidden = !on;
      if (!on) return;
      const width = node.offsetWidth, left = on[0] + 14;
      let top = on[1] - 12;
      while (taken.some(([x, y, w]) => Math.abs(y - top) < 24 && left < x + w && x < left + width)) top += 24;
      taken.push([left, top, width]);
      node.style.transform = `translate(${left.toFixed(0)}px, ${top.toFixed(0)}px)`;
    });
  };
  app.on("time", place);
  app.on("view", () => app.globe.ask());
}
