import type { IncomingMessage } from "node:http";
import { maxBodyBytes } from "./initRequest.ts";

/**
 * Reads the body of a request. Of one that is longer than `maxBodyBytes` it reads no more than shows that.
 * Undefined if the client went away before its end.
 */
export function readInitBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    let body = Buffer.alloc(0);
    request.on("data", (chunk: Buffer) => {
      body = Buffer.concat([body, chunk.subarray(0, maxBodyBytes + 1)]);
      if (body.length <= maxBodyBytes) return;
      request.pause();
      resolve(body);
    });
    request.once("end", () => {
      resolve(body);
    });
    // A broken connection only closes: Node emits no error that nobody listens for.
    request.once("close", () => {
      resolve(undefined);
    });
  });
}
