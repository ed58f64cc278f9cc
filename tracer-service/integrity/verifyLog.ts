import type { LogHead } from "./checkpoint.ts";
import { LineCarrier } from "./carriedLine.ts";
import { LogCheck, type LogCheckReport } from "./logCheck.ts";

/** What a log is compared with. */
export interface LogExpectation {
  /** What `tracer-service seal` showed. */
  readonly firstKey: Uint8Array | undefined;
  /** Heads that were noted before: the hash of the checkpoint at this event. */
  readonly heads: readonly { readonly seq: number; readonly hash: string }[];
  /** What the state directory of the service knows; undefined elsewhere. */
  readonly state: { readonly head: LogHead | undefined; readonly keyEpoch: number | undefined } | undefined;
}

/** What was found, of each log in the file by itself. */
export interface LogVerdict {
  readonly logs: readonly LogCheckReport[];
  /** Problems of the file as a whole, one line each. */
  readonly problems: readonly string[];
  /** Noted heads that are older than what is in the file. */
  readonly unchecked: readonly number[];
  /** Lines that are none of a log, such as the service's own messages. */
  readonly otherLines: number;
}

/** How every line of a log begins, before anything that a workspace can choose. */
const LOG_LINE = /^\{"ts":"[^"]{1,40}","level":"[A-Z]+","msg":"[a-z]+","caller":"tracer-service\//;
const BEGIN_BYTES = 160;
/** How every line ends; the node's name is the service's own. */
const NODE = /"node":("(?:[^"\\]|\\.){0,1000}"),"boot_id":"[^"]{0,100}"\}\}$/;
const END_BYTES = 1_200;
/** Logs in one file. */
const MAX_LOGS = 10_000;

/** Follows the chains of a log file that comes line by line; a file may hold the logs of several nodes. */
export class LogVerifier {
  readonly #expectation: LogExpectation;
  readonly #carrier = new LineCarrier();
  readonly #logs = new Map<string, LogCheck>();
  #lineNumber = 0;
  #otherLines = 0;

  constructor(expectation: LogExpectation) {
    this.#expectation = expectation;
  }

  /** Takes the next line, without its newline. `whole`: the newline was there. */
  line(raw: Buffer, whole = true): void {
    this.#lineNumber++;
    if (raw.length === 0) return;
    const carried = this.#carrier.line(raw);
    if (carried === undefined) return;
    const { carrier, bytes } = carried;
    if (!LOG_LINE.test(bytes.toString("latin1", 0, BEGIN_BYTES))) {
      this.#otherLines++;
      return;
    }
    const [, node] =
      NODE.exec(bytes.toString("utf8", Math.max(0, bytes.length - END_BYTES), bytes.length)) ?? [];
    if (node === undefined || !whole) {
      const [latest] = [...this.#logs.values()].filter((log) => log.carrier === carrier).slice(-1);
      (latest ?? this.#log(carrier, '"?"')).cutLine(this.#lineNumber);
      return;
    }
    this.#log(carrier, node).line(bytes, this.#lineNumber);
  }

  end(): LogVerdict {
    const { heads, state } = this.#expectation;
    const [problems, unchecked]: [string[], number[]] = [[], []];
    const logs = [...this.#logs.values()];
    for (const { seq, hash } of heads) {
      const answers = logs.map((log) => log.knows(seq, hash));
      if (answers.includes("yes")) continue;
      if (answers.includes("before")) unchecked.push(seq);
      else {
        problems.push(
          `the head ${String(seq)} is not in this log: its end was cut off, it was written anew, or it is another one`,
        );
      }
    }
    if (state?.head !== undefined && !logs.some((log) => log.hasHash(state.head?.hash ?? ""))) {
      problems.push(
        `the last checkpoint that the service noted, at event ${String(state.head.lastSeq)}, is not in this log: its end was cut off, or an older copy put back`,
      );
    }
    const lastEpoch = Math.max(-1, ...logs.map((log) => log.lastEpoch ?? -1));
    if (state?.keyEpoch !== undefined && lastEpoch < state.keyEpoch - 1) {
      problems.push(
        `the last seal is ${String(lastEpoch)}, and the key is of ${String(state.keyEpoch)}: the end was cut off, or an older copy put back`,
      );
    }
    return { logs: logs.map((log) => log.report()), problems, unchecked, otherLines: this.#otherLines };
  }

  #log(carrier: string, node: string): LogCheck {
    const key = `${carrier}${node}`;
    const known = this.#logs.get(key);
    if (known !== undefined) return known;
    if (this.#logs.size >= MAX_LOGS)
      throw new Error("the file names too many nodes: it is no log of this service");
    const log = new LogCheck(carrier, node, this.#expectation.firstKey);
    this.#logs.set(key, log);
    return log;
  }
}
