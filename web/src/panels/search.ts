// Search: a place asks `why`, a territory opens its decision. What is found is offered while typing.

import { json, type Page } from "../api";
import type { App } from "../app";
import { el, need } from "../dom";
import { people } from "../format";
import { texts } from "../texts";

interface Place { name: string; territory: string; lat_deg: number; lon_deg: number; cell: string; people: number }
interface Option { label: string; note: string; choose: () => void }
const OPTIONS_MAX = 8;

export class Search {
  private readonly input = need<HTMLInputElement>("#search");
  private readonly list = need("#found");
  private options: Option[] = [];
  private at = -1;
  private asked: AbortController | null = null;
  private wait: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly app: App) {
    this.input.addEventListener("input", () => { clearTimeout(this.wait); this.wait = setTimeout(() => void this.find(), 120); });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.show([]), 150));
    need("#search-form").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
  }

  private submit(): void {
    clearTimeout(this.wait);
    this.asked?.abort();
    const chosen = this.options[this.at], text = this.input.value.trim();
    this.show([]);
    if (chosen) { chosen.choose(); return; }
    if (!text) { this.input.focus(); return; }
    const territory = this.app.territories.find((one) => one.id === text || one.name.toLowerCase() === text.toLowerCase());
    this.app.select(territory ? { kind: "territory", id: territory.id } : { kind: "place", id: text });
  }

  private async find(): Promise<void> {
    const text = this.input.value.trim();
    this.asked?.abort();
    if (text.length < 2) { this.show([]); return; }
    this.asked = new AbortController();
    const wanted = text.toLowerCase();
    const territories = this.app.territories.filter(({ id, name }) => id.toLowerCase() === wanted || name.toLowerCase().startsWith(wanted)).slice(0, 3);
    const places = await json<Page<Place>>(`/api/v1/places?q=${encodeURIComponent(text)}&limit=${OPTIONS_MAX}`, this.asked.signal).then(({ items }) => items, () => []);
    if (text !== this.input.value.trim()) return;
    this.show([
      ...territories.map(({ id, name, kind }) => ({ label: name, note: texts.kinds[kind] ?? kind, choose: () => this.choose(name, { kind: "territory", id }) })),
      ...places.map(({ name, people: count }) => ({ label: name, note: count ? texts.people(people(count)) : "", choose: () => this.choose(name, { kind: "place", id: name }) })),
    ].slice(0, OPTIONS_MAX));
  }

  private choose(label: string, selection: { kind: "place" | "territory"; id: string }): void {
    this.input.value = label;
    this.show([]);
    this.app.select(selection);
  }

  private show(options: Option[]): void {
    this.options = options;
    this.at = -1;
    this.list.hidden = !options.length;
    this.input.setAttribute("aria-expanded", String(options.length > 0));
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...options.map((option, index) => el("li", { id: `found-${index}`, role: "option", "aria-selected": "false", onpointerdown: (event: Event) => { event.preventDefault(); option.choose(); } }, option.label, el("small", {}, option.note))));
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { this.show([]); return; }
    if (!step || !this.options.length) return;
    event.preventDefault();
    this.at = (this.at + step + this.options.length) % this.options.length;
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.at)));
    this.input.setAttribute("aria-activedescendant", `found-${this.at}`);
  }
}
