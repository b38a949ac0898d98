// The states of a cell: the closed list of causes, in words and colours.
// Colours differ in lightness too, so that they can be told apart without hue (CIE L* in brackets, dark theme).

export const STATES = [
  { name: "served", label: "Served", color: "#35c4d7", light: "#1397ab", says: "There is service." }, // 73
  { name: "territory_off", label: "Off by decision", color: "#d95f1e", light: "#d4550f", says: "A decision says that this territory may not be served." }, // 55
  { name: "no_decision", label: "No decision", color: "#8b5fd6", light: "#7a4cc9", says: "No decision covers this territory, and without one nothing is served." }, // 49
  { name: "no_gateway", label: "No gateway in reach", color: "#4b5f86", light: "#8d9cbb", says: "No satellite that could serve this cell reaches a gateway, over lasers or straight down." }, // 40
  { name: "beams_exhausted", label: "Beams used up", color: "#f2cb3d", light: "#e6b400", says: "Every beam that could serve this cell is in use elsewhere." }, // 83
  { name: "border_guard", label: "Too close to a border", color: "#e58bc0", light: "#c2559a", says: "Every beam would spill too far over a territory that is off." }, // 68
  { name: "no_satellite_above_mask", label: "No satellite high enough", color: "#1d2433", light: "#3a4152", says: "No satellite stands above the elevation mask." }, // 14
  { name: "gso_arc", label: "Too near the GSO arc", color: "#e9eef5", light: "#10131a", says: "Every satellite above the mask is too close to the geostationary arc, which others use." }, // 94
  { name: "out_of_scope", label: "Outside the plan", color: "#9aa0a8", light: "#b9bec6", says: "The plan's scope leaves this cell out." }, // 65
];

export const stateOf = (name) => STATES.find((state) => state.name === (name ?? "served")) ?? STATES[0];

const dark = window.matchMedia("(prefers-color-scheme: dark)");
export const isDark = () => dark.matches;
export const onTheme = (act) => dark.addEventListener("change", act);
export const colorOf = (state) => (isDark() ? state.color : state.light);

// An element with properties and children.
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node && !key.startsWith("aria")) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Replaces what a container holds; the keyboard stays on the control that stands in the same place.
export function refill(container, ...children) {
  const controls = () => [...container.querySelectorAll("a, button, summary")];
  const held = controls().indexOf(document.activeElement);
  container.replaceChildren(...children);
  if (held >= 0) controls()[held]?.focus({ preventScroll: true });
}

export function swatch(state) {
  const node = el("i", { class: "swatch" });
  node.style.background = colorOf(state);
  return node;
}

export function people(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} billion`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} million`;
  if (count >= 1e4) return `${Math.round(count / 1e3)} thousand`;
  return whole(count);
}
export const whole = (count) => Math.round(count).toLocaleString("en");
export const percent = (part, all) => {
  if (!all) return "–";
  const value = (100 * part) / all;
  return value > 99.9 && value < 100 ? ">99.9 %" : value > 0 && value < 0.1 ? "<0.1 %" : `${value.toFixed(value >= 99.95 || value === 0 ? 0 : 1)} %`;
};
