import { podPrefix, timePrefix } from "../../protocol/linePrefix.ts";

/** Longest prefix, and longest line that comes in parts, in bytes. */
const MAX_PREFIX = 1_024;
const MAX_PARTS = 4_194_304;
/** Lines that may be unfinished at the same time: of so many pods and streams. */
const MAX_OPEN = 1_024;
const OPEN_BRACE = 0x7b;
const DOCKER = '{"log":"';

/** A line of a log as it was written, and which of several logs in the file it is of. */
export interface CarriedLine {
  readonly carrier: string;
  readonly bytes: Buffer;
}

interface OpenLine {
  readonly parts: Buffer[];
  length: number;
}

/**
 * Takes what carried a log's lines off them: `kubectl`'s prefixes, a container runtime's file format with its split
 * lines, Docker's JSON. What is around a line is not protected by its chain.
 */
export class LineCarrier {
  readonly #open = new Map<string, OpenLine>();

  /** The line, without its newline; undefined for a part of one that is still to end. */
  line(raw: Buffer): CarriedLine | undefined {
    const dockerLine = raw.length <= MAX_PARTS && raw.toString("latin1", 0, DOCKER.length) === DOCKER;
    if (dockerLine) return this.#docker(raw);
    if (raw[0] === OPEN_BRACE) return { carrier: "", bytes: raw };
    const text = raw.toString("latin1", 0, MAX_PREFIX);
    const pod = podPrefix(text)?.text ?? "";
    const time = timePrefix(text.slice(pod.length));
    const bytes = raw.subarray(pod.length + (time?.text.length ?? 0));
    if (time?.stream === undefined) return { carrier: pod, bytes };
    return this.#join({ carrier: pod, bytes }, time.stream, !time.more);
  }

  #docker(raw: Buffer): CarriedLine | undefined {
    let value: { readonly log?: unknown; readonly stream?: unknown };
    try {
      value = JSON.parse(raw.toString()) as typeof value;
    } catch {
      value = {};
    }
    const { log, stream } = value;
    if (typeof log !== "string") return { carrier: "", bytes: raw };
    const whole = log.endsWith("\n");
    const bytes = Buffer.from(whole ? log.slice(0, -1) : log);
    return this.#join({ carrier: "", bytes }, stream === "stderr" ? "stderr" : "stdout", whole);
  }

  /** Parts of the two streams may take turns. */
  #join({ carrier, bytes }: CarriedLine, stream: string, whole: boolean): CarriedLine | undefined {
    const key = `${stream} ${carrier}`;
    const open = this.#open.get(key);
    const length = (open?.length ?? 0) + bytes.length;
    if (!whole && length <= MAX_PARTS && (open !== undefined || this.#open.size < MAX_OPEN)) {
      if (open === undefined) this.#open.set(key, { parts: [bytes], length });
      else {
        open.parts.push(bytes);
        open.length = length;
      }
      return undefined;
    }
    this.#open.delete(key);
    return { carrier, bytes: open === undefined ? bytes : Buffer.concat([...open.parts, bytes]) };
  }
}
