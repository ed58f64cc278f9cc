/** `kubectl logs --prefix`. */
const POD_PREFIX = /^\[pod\/[^\]]{1,600}\] /;
/** `kubectl logs --timestamps`; with stream and tag, a container runtime's file. */
const TIME_PREFIX =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (?:(?:stdout|stderr) ([FP])(?::\S{0,64})? )?/;
/** Longest prefix, and longest line that comes in parts, in bytes. */
const MAX_PREFIX = 1_024;
const MAX_PARTS = 4_194_304;
const OPEN_BRACE = 0x7b;
const DOCKER = '{"log":"';

/** A line of a log as it was written, and which of several logs in the file it is of. */
export interface CarriedLine {
  readonly carrier: string;
  readonly bytes: Buffer;
}

/**
 * Takes what carried a log's lines off them: `kubectl`'s prefixes, a container runtime's file format with its split
 * lines, Docker's JSON. What is around a line is not protected by its chain.
 */
export class LineCarrier {
  readonly #parts = new Map<string, Buffer[]>();

  /** The line, without its newline; undefined for a part of one that is still to end. */
  line(raw: Buffer): CarriedLine | undefined {
    const dockerLine = raw.length <= MAX_PARTS && raw.toString("latin1", 0, DOCKER.length) === DOCKER;
    if (dockerLine) return this.#docker(raw);
    if (raw[0] === OPEN_BRACE) return { carrier: "", bytes: raw };
    const text = raw.toString("latin1", 0, MAX_PREFIX);
    const [pod = ""] = POD_PREFIX.exec(text) ?? [];
    const [time = "", tag] = TIME_PREFIX.exec(text.slice(pod.length)) ?? [];
    const bytes = raw.subarray(pod.length + time.length);
    return tag === undefined ? { carrier: pod, bytes } : this.#join(pod, bytes, tag === "F");
  }

  #docker(raw: Buffer): CarriedLine | undefined {
    let log: unknown;
    try {
      ({ log } = JSON.parse(raw.toString()) as { readonly log: unknown });
    } catch {
      log = undefined;
    }
    if (typeof log !== "string") return { carrier: "", bytes: raw };
    const whole = log.endsWith("\n");
    return this.#join("", Buffer.from(whole ? log.slice(0, -1) : log), whole);
  }

  #join(carrier: string, bytes: Buffer, whole: boolean): CarriedLine | undefined {
    const parts = this.#parts.get(carrier) ?? [];
    parts.push(bytes);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (!whole && length <= MAX_PARTS) {
      this.#parts.set(carrier, parts);
      return undefined;
    }
    this.#parts.delete(carrier);
    return { carrier, bytes: parts.length === 1 ? bytes : Buffer.concat(parts) };
  }
}
