// The states of a cell, and of a territory, with their colours.
//
// The colours differ in lightness as well as in hue, so that they can be told apart with any colour vision and in print
// (CIE L* in brackets, dark theme).

import { texts } from "./texts";

export interface State { name: string; label: string; says: string; dark: string; light: string }

const state = (from: Record<string, readonly [string, string]>, name: string, dark: string, light: string): State => ({ name, label: from[name]![0], says: from[name]![1], dark, light });
const cause = (name: string, dark: string, light: string): State => state(texts.states, name, dark, light);
const decided = (name: string, dark: string, light: string): State => state(texts.decisions, name, dark, light);

/** Causes: the closed list of the API, `served` first. */
export const CAUSES: readonly State[] = [
  cause("served", "#2fb8cc", "#2aa3b5"), // 69
  cause("territory_off", "#d95f1e", "#d4550f"), // 55
  cause("no_decision", "#8b5fd6", "#7a4cc9"), // 49
  cause("no_gateway", "#4b5f86", "#8d9cbb"), // 40
  cause("beams_exhausted", "#f2cb3d", "#e6b400"), // 83
  cause("border_guard", "#e58bc0", "#c2559a"), // 68
  cause("no_satellite_above_mask", "#28324a", "#3a4152"), // 21
  cause("gso_arc", "#e9eef5", "#10131a"), // 94
  cause("out_of_scope", "#9aa0a8", "#b9bec6"), // 65
];

/** What is decided on a territory. */
export const DECIDED: readonly State[] = [
  decided("on", "#2fb8cc", "#2aa3b5"),
  decided("limited", "#8fd8a0", "#58b56f"),
  decided("listed", "#f2cb3d", "#e6b400"),
  decided("individual", "#e8a33d", "#d98e12"),
  decided("emergency_only", "#e58bc0", "#c2559a"),
  decided("transit_only", "#6c8fe0", "#4a6fc4"),
  decided("off", "#d95f1e", "#d4550f"),
  decided("none", "#8b5fd6", "#7a4cc9"),
];

export const causeOf = (name: string | null | undefined): State => CAUSES.find((one) => one.name === (name ?? "served")) ?? CAUSES[0]!;
export const decidedOf = (name: string | null | undefined): State => DECIDED.find((one) => one.name === (name ?? "none")) ?? DECIDED[7]!;

/** Parts of a round trip. */
export const PARTS: readonly (readonly [key: string, dark: string, light: string])[] = [
  ["user_link_ms", "#2fb8cc", "#1a8796"],
  ["lasers_ms", "#f07fbd", "#b8327f"],
  ["feeder_link_ms", "#5b8def", "#2b62c9"],
  ["fibre_ms", "#f2cb3d", "#c99500"],
  ["access_ms", "#8a94a6", "#69748a"],
];
