const POD = /^\[pod\/([^/\]]{1,253})\/([^/\]]{1,253})\] /;
const TIME =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (?:(stdout|stderr) ([FP])(?::\S{0,64})? )?/;

/** What `kubectl logs --prefix` puts before a line. */
export interface PodPrefix {
  readonly text: string;
  readonly pod: string;
  readonly container: string;
}

/** What `kubectl logs --timestamps` puts before a line or, with stream and tag, a container runtime in its file. */
export interface TimePrefix {
  readonly text: string;
  /** `stdout` or `stderr`; undefined for `kubectl`'s. */
  readonly stream: string | undefined;
  /** The line goes on in the next one of its stream. */
  readonly more: boolean;
}

/** Undefined where the text does not begin with one. */
export function podPrefix(text: string): PodPrefix | undefined {
  const [whole, pod = "", container = ""] = POD.exec(text) ?? [];
  return whole === undefined ? undefined : { text: whole, pod, container };
}

/** Undefined where the text does not begin with one. */
export function timePrefix(text: string): TimePrefix | undefined {
  const [whole, stream, tag] = TIME.exec(text) ?? [];
  return whole === undefined ? undefined : { text: whole, stream, more: tag === "P" };
}
