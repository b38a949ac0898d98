// The satellites: a worker propagates their element sets about a time a little ahead, the graphics processor moves them from there.

import type { App } from "./app";
import type { SkyAsked, SkyTold } from "./workers/sky";

/** A motion is good to some metres for so long to both sides of its time; when time runs fast it must do for longer. */
const GOOD_FOR_MS = 15_000, GOOD_FOR_AT_MOST_MS = 150_000;

export class Sky {
  private readonly worker = new Worker(new URL("./workers/sky.ts", import.meta.url), { type: "module" });
  private ready = false;
  private asked_ms: number | null = null;
  private elements = "";

  constructor(private readonly app: App) {
    this.worker.onmessage = ({ data }: MessageEvent<SkyTold>) => this.hear(data);
    app.on("time", () => this.keepUp());
    app.on("slot", () => this.load());
    this.load();
  }

  /** Reads the element sets, again where the service took others. */
  private load(): void {
    const { slot } = this.app;
    const elements = slot ? `${slot.elements.source} ${slot.elements.epoch}` : "";
    if (!slot || elements === this.elements) return;
    this.elements = elements;
    this.ask({ elements: "/api/v1/elements" });
  }

  private hear(told: SkyTold): void {
    if (told.kind === "read") {
      this.app.setCatalog([...told.catalogNumbers]);
      this.ready = true;
      this.asked_ms = null;
      this.keepUp();
    } else if (told.kind === "motion") {
      this.asked_ms = null;
      this.app.globe.satellites.setMotion(told);
      this.app.globe.ask();
      this.app.tell("sky");
    } else {
      this.asked_ms = null;
      console.warn(told.message);
    }
  }

  /** Asks for the motion about a time a little ahead, before the one there is runs out. */
  private keepUp(): void {
    if (!this.ready || this.asked_ms !== null) return;
    const { clock, globe } = this.app, now = clock.now(), pace = clock.pace();
    const good = Math.min(GOOD_FOR_AT_MOST_MS, Math.max(GOOD_FOR_MS, 700 * Math.abs(pace)));
    const { motion } = globe.satellites;
    if (motion && Math.abs(now + 0.2 * good * Math.sign(pace) - motion.time_ms) <= good) return;
    this.asked_ms = now + (motion ? 0.8 : 0) * good * Math.sign(pace);
    this.ask({ time_ms: this.asked_ms });
  }

  private ask(asked: SkyAsked): void {
    this.worker.postMessage(asked);
  }
}
