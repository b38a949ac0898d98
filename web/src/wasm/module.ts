// A WebAssembly module of crates/skyshed-wasm: bytes in, bytes out. Only types are TypeScript's, so that they can be stripped.

/** Where a module comes from: an answer to a request for it, its bytes, or a module compiled before. */
export type Source = Response | PromiseLike<Response> | BufferSource | WebAssembly.Module;

/** What every module exports; see crates/skyshed-wasm/src/exchange.rs. */
interface Exports {
  memory: WebAssembly.Memory;
  skyshed_input(length: number): number;
  skyshed_output(): number;
  skyshed_output_length(): number;
}

/** Compiles a module; it imports nothing. */
export async function compile(source: Source): Promise<WebAssembly.Module> {
  const found = await source;
  if (found instanceof WebAssembly.Module) return found;
  if (typeof Response === "undefined" || !(found instanceof Response)) return WebAssembly.compile(found as BufferSource);
  if (!found.ok) throw new Error(`${found.url}: ${found.status} ${found.statusText}`);
  const streams = found.headers.get("content-type")?.startsWith("application/wasm") ?? false;
  return streams ? WebAssembly.compileStreaming(found) : WebAssembly.compile(await found.arrayBuffer());
}

/** One instance: its functions and its memory. */
export class Instance<Functions> {
  readonly call: Functions;
  private readonly exports: Exports;

  constructor(module: WebAssembly.Module) {
    const exports = new WebAssembly.Instance(module).exports as unknown;
    this.exports = exports as Exports;
    this.call = exports as Functions;
  }

  /** The memory as it is now: a view is of no use once the memory has grown. */
  get memory(): ArrayBuffer {
    return this.exports.memory.buffer;
  }

  /** Hands bytes in, one piece after the other. */
  give(...pieces: Uint8Array[]): void {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    // Addresses and lengths come as signed numbers.
    const place = this.exports.skyshed_input(length) >>> 0;
    if (place === 0) throw new RangeError(`${length} bytes do not fit into the module's memory; 128 MiB are allowed`);
    const memory = new Uint8Array(this.memory, place, length);
    let start = 0;
    for (const piece of pieces) {
      memory.set(piece, start);
      start += piece.length;
    }
  }

  /** The last output, copied. */
  output(): Uint8Array {
    const place = this.exports.skyshed_output() >>> 0;
    return new Uint8Array(this.memory, place, this.exports.skyshed_output_length() >>> 0).slice();
  }

  /** The last output as text. */
  text(): string {
    return new TextDecoder().decode(this.output());
  }
}
