// The verifier of the log: what the program `skyshed-verify` does, on bytes. Nothing is fetched here and no server is trusted.

import { compile, Instance, type Source } from "./module";

/** It holds: the answer is what `skyshed-verify --json` prints, the text what it prints without. */
export interface Holds<Answer> {
  holds: true;
  answer: Answer;
  text: string;
}

/** It does not hold. */
export interface Fails {
  holds: false;
  /**
   * The program's exit code: 1 something else failed, 2 the question is wrong, 4 it does not verify, 5 too few witnesses or files that
   * cannot be read, 6 there is no such log, record or territory.
   */
  code: number;
  /** What was found, and what to do. */
  message: string;
}

export type Verdict<Answer> = Holds<Answer> | Fails;

/** A decision that the log's witnesses saw. */
export interface DecisionAnswer {
  decision: number;
  origin: string;
  size: number;
  witnessed_at: string;
  /** The decision's record, as in docs/log.md. */
  body: Record<string, unknown>;
}

/** A log that holds as a whole. */
export interface LogAnswer {
  origin: string;
  size: number;
  root: string;
  witnessed_at: string;
  witnesses: string[];
  decisions: number;
  proofs: number;
  attachments: number;
  flags: { record: number; code: string; message: string }[];
  overdue: string[];
}

/** What is in force at a time. */
export interface StateAnswer {
  at: string;
  size: number;
  witnessed_at: string;
  territories: Record<string, unknown>[];
}

/** Two checkpoints of one history. */
export interface HistoryAnswer {
  origin: string;
  sizes: [number, number];
  equivocation: false;
}

/** How a decision is to be verified. */
export interface DecisionOptions {
  /** The record's bytes, where the proof does not carry them. */
  record?: Uint8Array;
  /** What messages call the proof. */
  name?: string;
  /** Accept signatures under the proof's checkpoint by keys that the policy does not name. */
  strangers?: boolean;
}

/** Files of a log by path, such as `checkpoint` and `tile/0/000`. */
export type LogFiles = Iterable<readonly [string, Uint8Array]>;

/** How a log is to be verified. */
export interface LogOptions {
  /** The witness policy, from somebody other than the log's operator; without it the log's own `policy.txt` is trusted. */
  policy?: Uint8Array;
  /** A checkpoint that was kept: the log must continue it. */
  seen?: Uint8Array;
  /** Accept signatures under the checkpoint by keys that the policy does not name. */
  strangers?: boolean;
  /** The files are those that were fetched, and there may be others: what nobody asks for is not missed. */
  partial?: boolean;
}

interface Functions {
  skyshed_verify_clear(): void;
  skyshed_verify_give(name_length: number): number;
  skyshed_verify_decision(number: bigint, strangers: number): number;
  skyshed_verify_log(strangers: number): number;
  skyshed_verify_state(): number;
  skyshed_verify_equivocation(): number;
}

/** Bytes by name, as crates/skyshed-wasm/src/verify.rs has them. */
type Given = [string, Uint8Array | undefined];

const encoder = new TextEncoder();

/** The verifier. Every question is answered from what is given with it; nothing is kept between questions. */
export class Verifier {
  private readonly compiled: WebAssembly.Module;

  private constructor(compiled: WebAssembly.Module) {
    this.compiled = compiled;
  }

  /** Loads the module `skyshed_verify.wasm`. */
  static async load(source: Source): Promise<Verifier> {
    return new Verifier(await compile(source));
  }

  /**
   * One decision from its proof file (`proof/N.tlog-proof`), by a witness policy (`policy.txt`, from somebody other than the log's operator).
   */
  decision(number: number, proof: Uint8Array, policy: Uint8Array, more: DecisionOptions = {}): Verdict<DecisionAnswer> {
    const name = more.name === undefined ? undefined : encoder.encode(more.name);
    const given: Given[] = [["policy", policy], ["proof", proof], ["proof-name", name], ["record", more.record]];
    return this.ask(given, (call) => call.skyshed_verify_decision(BigInt(number), more.strangers ? 1 : 0));
  }

  /** A whole log from its files: signatures, witnesses, tree, every record, every decision derived again. */
  log(files: LogFiles, options: LogOptions = {}): Verdict<LogAnswer> {
    return this.ask(logGiven(files, options), (call) => call.skyshed_verify_log(options.strangers ? 1 : 0));
  }

  /** What is in force at a time (such as 2026-09-10T00:00:00Z), by the whole log, in one territory or all. */
  state(files: LogFiles, at: string, options: LogOptions & { territory?: string } = {}): Verdict<StateAnswer> {
    const territory = options.territory === undefined ? undefined : encoder.encode(options.territory);
    const given = logGiven(files, options);
    given.push(["at", encoder.encode(at)], ["territory", territory]);
    return this.ask(given, (call) => call.skyshed_verify_state());
  }

  /** Whether two checkpoints are of two histories; where their sizes differ it takes the files of the log under the larger one. */
  equivocation(one: Uint8Array, other: Uint8Array, policy: Uint8Array, files: LogFiles = []): Verdict<HistoryAnswer> {
    const given = logGiven(files, { policy });
    given.push(["one", one], ["other", other]);
    return this.ask(given, (call) => call.skyshed_verify_equivocation());
  }

  /** Asks a fresh instance, so that one question cannot touch the next and its memory is given back. */
  private ask<Answer>(given: Given[], question: (call: Functions) => number): Verdict<Answer> {
    const module = new Instance<Functions>(this.compiled);
    try {
      for (const [name, bytes] of given) {
        if (bytes === undefined) continue;
        const nameBytes = encoder.encode(name);
        module.give(nameBytes, bytes);
        const code = module.call.skyshed_verify_give(nameBytes.length);
        if (code !== 0) return { holds: false, code, message: module.text() };
      }
      const code = question(module.call);
      return code === 0 ? { holds: true, ...JSON.parse(module.text()) } : { holds: false, code, message: module.text() };
    } catch (error) {
      // Out of memory or a fault of the verifier: whatever was asked, it does not hold.
      return { holds: false, code: 1, message: `the verifier stopped: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
}

function logGiven(files: LogFiles, options: LogOptions): Given[] {
  const given: Given[] = [["policy", options.policy], ["seen", options.seen], ["partial", options.partial ? new Uint8Array(0) : undefined]];
  for (const [path, bytes] of files) given.push([`log/${path}`, bytes]);
  return given;
}
