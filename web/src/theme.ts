// Dark or light: as the system says, or as chosen here.

export type Theme = "auto" | "dark" | "light";
const KEY = "skyshed-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners: (() => void)[] = [];
let chosen: Theme = read();

function read(): Theme {
  try {
    const held = localStorage.getItem(KEY);
    return held === "dark" || held === "light" ? held : "auto";
  } catch {
    return "auto";
  }
}

export const theme = (): Theme => chosen;
export const isDark = (): boolean => (chosen === "auto" ? system.matches : chosen === "dark");
export const colourOf = (state: { dark: string; light: string }): string => (isDark() ? state.dark : state.light);
export const onTheme = (act: () => void): void => { listeners.push(act); };

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
}

export function setTheme(next: Theme): void {
  chosen = next;
  try {
    if (next === "auto") localStorage.removeItem(KEY); else localStorage.setItem(KEY, next);
  } catch { /* Without storage the choice lasts as long as the page. */ }
  changed();
}

function changed(): void {
  applyTheme();
  for (const act of listeners) act();
}

system.addEventListener("change", () => { if (chosen === "auto") changed(); });
applyTheme();
