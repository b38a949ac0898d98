// The globe under the hand: pointer, two fingers, wheel and keys.

import type { Globe, Handlers } from "./globe";

const CLICK_WITHIN_PX = 5;
const KEYS: Record<string, [number, number]> = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };

export class Hands {
  private readonly touches = new Map<number, [number, number]>();
  private moved = 0;
  private spread = 0;

  constructor(globe: Globe, handlers: Handlers) {
    const { canvas } = globe;
    const where = (event: PointerEvent | WheelEvent): [number, number] => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.touches.set(event.pointerId, where(event));
      this.moved = this.touches.size > 1 ? 99 : 0;
      this.spread = this.distance();
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = where(event), before = this.touches.get(event.pointerId);
      if (!before) { handlers.onHover(globe.unproject(...now), ...now); return; }
      this.touches.set(event.pointerId, now);
      if (this.touches.size === 2) {
        const next = this.distance();
        globe.zoomBy(next / (this.spread || next));
        this.spread = next;
        return;
      }
      this.moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (this.moved > CLICK_WITHIN_PX) { handlers.onHover(null, ...now); globe.turnBy(now[0] - before[0], now[1] - before[1]); }
    });
    const up = (event: PointerEvent): void => {
      if (!this.touches.delete(event.pointerId) || event.type !== "pointerup" || this.moved > CLICK_WITHIN_PX) return;
      const at = where(event), point = globe.unproject(...at);
      if (point) handlers.onPick(point, ...at);
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", () => handlers.onHover(null, 0, 0));
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); globe.zoomBy(Math.exp(-event.deltaY / 500)); }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const turn = KEYS[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (turn) globe.turnBy(...turn);
      else if (event.key === "+" || event.key === "=") globe.zoomBy(1.3);
      else if (event.key === "-") globe.zoomBy(1 / 1.3);
      else if (event.key === "Enter") { const middle = globe.view; const at = globe.middle(); handlers.onPick(middle, ...at); }
      else return;
      event.preventDefault();
    });
  }

  private distance(): number {
    const [a, b] = [...this.touches.values()];
    return a && b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0;
  }
}
