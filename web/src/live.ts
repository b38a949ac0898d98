// Live: the service tells of each new slot and log entry; where it cannot be heard, it is asked.

import { json, type Health } from "./api";
import type { App } from "./app";
import { el, narrow, need, refill } from "./dom";
import { moment } from "./format";
import { texts } from "./texts";

const ASK_EVERY_MS = 3000;

export class Live {
  private source: EventSource | null = null;
  private busy = false;
  private lost = false;

  constructor(private readonly app: App) {
    this.listen();
    setInterval(() => void this.check(), ASK_EVERY_MS);
    app.on("slot", () => banners(app, this.lost));
    banners(app, false);
    document.addEventListener("visibilitychange", () => app.pace());
  }

  private listen(): void {
    const source = new EventSource("/api/v1/events");
    this.source = source;
    source.addEventListener("slot", () => void this.refresh());
    source.addEventListener("log", () => { void this.refresh(); this.app.loadTerritories().catch(() => undefined); });
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) this.source = null; };
  }

  /** Asks where nothing was heard for longer than a slot. */
  private async check(): Promise<void> {
    const { slot, clock } = this.app;
    if (!slot || document.hidden) return;
    const over = clock.service() - (Date.parse(slot.time) + slot.length_s * 1000);
    if (over < (this.source ? 2500 : 500)) return;
    await this.refresh();
  }

  private async refresh(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const health = await json<Health>("/healthz");
      this.lost = false;
      if (health.slot_time !== this.app.slot?.time || health.log?.size !== this.app.slot?.log?.size) await this.app.loadSlot();
      else { this.app.health = health; banners(this.app, false); }
    } catch {
      this.lost = true;
      banners(this.app, true);
    } finally {
      this.busy = false;
    }
  }
}

/** What a person must know of this picture: alarms stand open, what always holds stands below. */
function banners(app: App, lost: boolean): void {
  const { slot, health } = app;
  if (!slot || !health) return;
  const alarms: string[] = [], notes: string[] = [];
  if (lost) alarms.push(texts.unreachable(moment(slot.time)));
  if (slot.log?.stale) alarms.push(texts.stale(slot.log.doubt ?? ""));
  alarms.push(...(slot.log?.warnings ?? []));
  if (health.status === "behind" || health.slots_behind > 1) alarms.push(texts.behind(health.slots_behind, moment(slot.time)));
  if (slot.what_if) alarms.push(texts.whatIfBanner(slot.what_if));
  if (slot.log?.origin.startsWith("demonstration.")) notes.push(texts.demonstration);
  if (slot.elements.designed) notes.push(texts.designedBanner);
  if (health.slots_late || health.slots_missed) notes.push(texts.lateSlots(health.slots_late, health.slots_missed));
  const box = need("#banners"), said = JSON.stringify([alarms, notes, narrow.matches]);
  if (box.dataset["said"] === said) return;
  box.dataset["said"] = said;
  refill(box, ...alarms.map((text) => el("p", { class: "alarm" }, text)), 
    // On a phone it is one line that scrolls: by keyboard too.
    notes.length ? el("p", { class: "note", ...(narrow.matches ? { tabIndex: 0 } : {}) }, notes.join(" ")) : null);
}
