import { loopbackHost } from "./initAddress.ts";
import { parsePidNamespace, type PidNamespace } from "./pidNamespace.ts";

/** Longest body of a request, white space included. */
export const maxBodyBytes = 16;

/** What comes before the body of a request. */
export interface RequestHead {
  readonly method: string | undefined;
  /** As in the request line. */
  readonly target: string | undefined;
  /** All values of each header, by its lower-case name. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
}

/** What is wrong with any other method or path. */
export const requestLineProblem = "expected POST /";

/** What is wrong with a body that goes on after `maxBodyBytes`. */
const tooLongProblem = `expected a body of at most ${String(maxBodyBytes)} bytes`;

/** Why a request can't be one that names a PID namespace: one line; undefined if its body decides. */
export function headProblem(head: RequestHead): string | undefined {
  if (head.method !== "POST" || head.target !== "/") return requestLineProblem;
  // Only browsers send it: a page that a workspace's user looks at must not choose what is logged.
  if (head.headers["origin"] !== undefined) return "expected no Origin header: web pages may not send this";
  if (!(head.headers["host"] ?? []).every(isLoopbackHostHeader)) {
    return "expected a loopback address in the Host header, such as 127.0.0.1";
  }
  if (!isTextOrAbsent(head.headers["content-type"] ?? [])) return "expected Content-Type: text/plain or none";
  if ((head.headers["content-encoding"] ?? []).length > 0) return "expected no Content-Encoding";
  if ((head.headers["content-length"] ?? []).some((length) => Number(length) > maxBodyBytes)) {
    return tooLongProblem;
  }
  return undefined;
}

/** Reads the body of a request: the inode number of a PID namespace, white space around it is ignored. */
export function parseInitBody(body: Uint8Array): PidNamespace {
  if (body.length > maxBodyBytes) return { type: "invalid", reason: tooLongProblem };
  // One character a byte, so that no byte can turn into a digit or into white space.
  const text = Array.from(body, (byte) => String.fromCharCode(byte)).join("");
  return parsePidNamespace(text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, ""));
}

function isLoopbackHostHeader(value: string): boolean {
  return loopbackHost(value.replace(/:[0-9]{1,5}$/, "")) !== undefined;
}

function isTextOrAbsent(values: readonly string[]): boolean {
  return values.length <= 1 && values.every((value) => /^text\/plain[\t ]*(?:;|$)/i.test(value));
}
