import type { App } from "../app";
export async function requests(_app: App): Promise<Node[]> { return []; }
export async function logEntries(_app: App): Promise<Node[]> { return []; }
