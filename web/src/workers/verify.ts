// The verifier, away from the page's thread: files of the log are fetched as anybody can fetch them, and judged here.

import verifyUrl from "../../wasm/skyshed_verify.wasm?url";
import { verifyWholeLog } from "../wasm/whole-log";
import { Verifier, type DecisionAnswer, type LogAnswer, type Verdict } from "../wasm/verify";

/** What one person alone might change in a decision's proof. */
export type Tampering = "approvals" | "request" | "witnesses";
export type VerifyAsked = { decision: number; tampering?: Tampering } | { log: true };
export type VerifyTold = { verdict: Verdict<DecisionAnswer | LogAnswer>; bytes: number; ms: number } | { failed: string };

const verifier = Verifier.load(fetch(verifyUrl));

async function file(path: string): Promise<Uint8Array> {
  const response = await fetch(`/log/${path}`);
  if (!response.ok) throw new Error(`/log/${path}: HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

self.onmessage = async ({ data }: MessageEvent<VerifyAsked>) => {
  const began = performance.now();
  try {
    const ready = await verifier;
    if ("decision" in data) {
      const [found, policy] = await Promise.all([file(`proof/${data.decision}.tlog-proof`), file("policy.txt")]);
      const proof = data.tampering ? tampered(found, data.tampering) : found;
      tell({ verdict: ready.decision(data.decision, proof, policy), bytes: proof.length, ms: performance.now() - began });
    } else {
      let bytes = 0;
      const counted = async (url: string, init?: RequestInit): Promise<Response> => {
        const response = await fetch(url, init);
        bytes += Number(response.headers.get("content-length") ?? 0);
        return response;
      };
      tell({ verdict: await verifyWholeLog(ready, "/log/", { fetch: counted }), bytes, ms: performance.now() - began });
    }
  } catch (error) {
    tell({ failed: error instanceof Error ? error.message : String(error) });
  }
};

const tell = (told: VerifyTold): void => self.postMessage(told);

/**
 * The proof as one person alone could change it: a decision that rests on one approval; one that rests on another request; the same
 * record under the log's own signature, without its witnesses.
 */
function tampered(proof: Uint8Array, how: Tampering): Uint8Array {
  const text = new TextDecoder().decode(proof);
  if (how === "witnesses") {
    const end = text.indexOf("\n\n— ") + 2, first = text.indexOf("\n", end) + 1;
    return new TextEncoder().encode(text.slice(0, first));
  }
  const changed = text.replace(/^extra (.+)$/m, (_, extra: string) => {
    const record = JSON.parse(atob(extra)) as { body: { approvals: number[]; request: string } };
    if (how === "approvals") record.body.approvals.length = 1;
    else record.body.request = record.body.request.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    return `extra ${btoa(JSON.stringify(record))}`;
  });
  return new TextEncoder().encode(changed);
}
