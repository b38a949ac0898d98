// The verifier, for the page: one question at a time, answered in a worker.

import type { VerifyAsked, VerifyTold } from "./workers/verify";

let worker: Worker | null = null;
let last: Promise<unknown> = Promise.resolve();

export function verify(asked: VerifyAsked): Promise<VerifyTold> {
  const answer = last.then(() => new Promise<VerifyTold>((done) => {
    worker ??= new Worker(new URL("./workers/verify.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<VerifyTold>) => done(data);
    worker.onerror = ({ message }) => { worker = null; done({ failed: message || "the verifier did not start" }); };
    worker.postMessage(asked);
  }));
  last = answer;
  return answer;
}
