import type { App } from "../app";
import type { Filled } from "./panel";
export async function territory(_app: App, id: string): Promise<Filled> { return { title: id, said: id, children: [] }; }
