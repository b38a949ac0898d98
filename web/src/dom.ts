// Elements, without a framework.

type Child = Node | string | null | undefined | false;
type Properties = Record<string, unknown>;

/** An element with properties (or attributes, where a name is no property) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, properties: Properties = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (key === "class") node.className = String(value);
    else if (key === "color") node.style.setProperty("--color", String(value));
    else if (key.startsWith("on") && typeof value === "function") node.addEventListener(key.slice(2), value as EventListener);
    else if (key in node && !key.startsWith("aria")) (node as unknown as Properties)[key] = value;
    else node.setAttribute(key, String(value));
  }
  node.append(...kept(children));
  return node;
}

export const kept = (children: Child[]): (Node | string)[] => children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false);

/** An element that the page must have. */
export function need<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Replaces what a container holds; the keyboard stays on the control that stands in the same place, opened parts stay open. */
export function refill(container: Element, ...children: Child[]): void {
  const controls = (): HTMLElement[] => [...container.querySelectorAll<HTMLElement>("a, button, summary, input, select")];
  const held = controls().indexOf(document.activeElement as HTMLElement);
  const open = new Set([...container.querySelectorAll("details[open]")].map((details) => details.getAttribute("data-key")));
  container.replaceChildren(...kept(children));
  for (const details of container.querySelectorAll("details")) if (open.has(details.getAttribute("data-key"))) details.open = true;
  if (held >= 0) controls()[held]?.focus({ preventScroll: true });
}

/** Definitions, one row each. */
export function facts(rows: ([string, Child | Child[]] | null | false)[], className = "facts"): HTMLElement {
  const list = el("dl", { class: className });
  for (const row of rows) {
    if (!row) continue;
    const [term, what] = row;
    const told = kept(Array.isArray(what) ? what : [what]);
    if (told.length) list.append(el("div", {}, el("dt", {}, term), el("dd", {}, ...told)));
  }
  return list;
}

/** Says something to those who listen to the page. */
export function announce(text: string): void {
  const live = need("#spoken");
  if (live.textContent !== text) live.textContent = text;
}

export const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
export const narrow = window.matchMedia("(max-width: 900px)");
