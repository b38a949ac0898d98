// Numbers and times, as people read them.

import { texts } from "./texts";

export const whole = (count: number): string => Math.round(count).toLocaleString("en");

export function people(count: number): string {
  if (count >= 1e9) return texts.billion((count / 1e9).toFixed(2));
  if (count >= 1e6) return texts.million((count / 1e6).toFixed(count < 1e7 ? 1 : 0));
  if (count >= 1e4) return texts.thousand(String(Math.round(count / 1e3)));
  return whole(count);
}

export function percent(part: number, all: number): string {
  if (!all) return "–";
  const value = (100 * part) / all;
  if (value > 99.9 && value < 100) return ">99.9 %";
  if (value > 0 && value < 0.1) return "<0.1 %";
  return `${value.toFixed(value >= 99.95 || value === 0 ? 0 : 1)} %`;
}

export const rate = (mbps: number): string => (mbps >= 10 ? whole(mbps) : mbps >= 1 ? mbps.toFixed(1) : mbps.toFixed(2));
export const ms = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : `${value.toFixed(1)} ms`);
export const km = (value: number): string => `${whole(value)} km`;

/** `2026-08-22 21:00:12 UTC`, from milliseconds or from RFC 3339. */
export function moment(time: number | string): string {
  const text = typeof time === "string" ? time : new Date(time).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

/** `2026-08-22`, where midnight is what is meant; else with the time. */
export function day(time: string): string {
  return /T00:00:00(\.0+)?Z$/.test(time) || time.length === 10 ? time.slice(0, 10) : moment(time);
}

export function degrees(lat: number, lon: number): string {
  const side = (value: number, positive: string, negative: string) => `${Math.abs(value).toFixed(2)}° ${value < 0 ? negative : positive}`;
  return `${side(lat, "N", "S")}, ${side(lon, "E", "W")}`;
}

export const words = (name: string): string => name.replaceAll("_", " ");

export function age(seconds: number): string {
  const hours = Math.abs(seconds) / 3600;
  const text = hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
  return seconds < 0 ? texts.ahead(text) : texts.old(text);
}
