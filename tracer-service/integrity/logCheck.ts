import type { Hash } from "node:crypto";

import { checkpointHash, hashAfter, NO_HEAD, parseCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { LogSealCheck } from "./logSealCheck.ts";

/** What was found in the log of one node. */
export interface LogCheckReport {
  readonly carrier: string;
  /** As JSON. */
  readonly node: string;
  /** One line each; empty when everything is as it was written. */
  readonly problems: readonly string[];
  /** What could not be proven, one line each. */
  readonly notes: readonly string[];
  readonly runs: number;
  readonly checkpoints: number;
  /** Lines that are covered by a checkpoint. */
  readonly coveredLines: number;
  /** Undefined before the first checkpoint. */
  readonly head: { readonly seq: number; readonly hash: string } | undefined;
  readonly seals: Pick<LogSealCheck, "count" | "checked" | "last">;
  /** Covered lines after the last seal, which nothing protects yet. */
  readonly unsealedLines: number;
}

/** More are of no use to anybody. */
const MAX_TOLD = 100;
const CHECKPOINT = '"msg":"checkpoint"';
const BEGIN_BYTES = 160;

interface Run {
  readonly run: string;
  readonly hashes: Map<number, string>;
  /** The hash that its first checkpoint extends; undefined where that is not in the file. */
  readonly extended: string | undefined;
  last: Checkpoint;
}

/** Follows the chain of one node's log, line by line. */
export class LogCheck {
  readonly carrier: string;
  readonly #node: string;
  readonly #seals: LogSealCheck;
  readonly #problems: string[] = [];
  readonly #notes: string[] = [];
  readonly #runs = new Map<string, Run>();
  /** Of every checkpoint, by the number of the last event before it. */
  readonly #heads = new Map<number, Set<string>>();
  readonly #hashes = new Set<string>();
  #run: Run | undefined;
  /** Undefined as long as what the lines extend is not known. */
  #hash: Hash | undefined;
  #lines = 0;
  #bytes = 0;
  #firstLine = 0;
  #coveredLines = 0;
  #unsealedLines = 0;
  #checkpoints = 0;
  #oldestSeq: number | undefined;

  constructor(carrier: string, node: string, firstKey: Uint8Array | undefined) {
    this.carrier = carrier;
    this.#node = node;
    this.#seals = new LogSealCheck(firstKey);
  }

  get lastEpoch(): number | undefined {
    return this.#seals.last?.epoch;
  }

  /** Whether a noted head is in the log; `before`: it is older than the first checkpoint. */
  knows(seq: number, hash: string): "yes" | "no" | "before" {
    if ([...(this.#heads.get(seq) ?? [])].some((each) => each.startsWith(hash))) return "yes";
    return this.#oldestSeq !== undefined && seq < this.#oldestSeq ? "before" : "no";
  }

  hasHash(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  /** Takes a whole line of the log, without its newline, and its number in the file. */
  line(bytes: Buffer, lineNumber: number): void {
    const isCheckpoint = bytes.toString("latin1", 0, BEGIN_BYTES).includes(CHECKPOINT);
    const checkpoint = isCheckpoint ? parseCheckpoint(bytes.toString()) : undefined;
    if (checkpoint !== undefined) {
      this.#take(checkpoint, lineNumber);
      return;
    }
    if (isCheckpoint) this.#tell(`line ${String(lineNumber)} is a checkpoint that was changed`);
    if (this.#lines === 0) this.#firstLine = lineNumber;
    this.#lines++;
    this.#bytes += bytes.length + 1;
    this.#hash?.update(bytes).update("\n");
  }

  /** A line without its end: what a service was writing when it was killed, or what somebody cut. */
  cutLine(lineNumber: number): void {
    this.#note(
      `line ${String(lineNumber)} is not whole: the service was killed while it wrote it, or it was cut`,
    );
  }

  report(): LogCheckReport {
    const { last } = this.#run ?? {};
    const notes = [...this.#notes];
    if (last !== undefined && last.kind !== "end") notes.push(endless(last.run));
    if (this.#lines > 0) {
      notes.push(
        last?.kind === "end"
          ? `${this.#pending()} come after the end of their run: nothing covers them, and they may have been added`
          : `${this.#pending()} are covered by no checkpoint`,
      );
    }
    const { fault } = this.#seals;
    const problems = fault === undefined ? this.#problems : [...this.#problems, fault];
    return {
      ...{ carrier: this.carrier, node: this.#node, problems, notes },
      ...{ runs: this.#runs.size, checkpoints: this.#checkpoints, coveredLines: this.#coveredLines },
      head: last && { seq: last.lastSeq, hash: last.hash },
      ...{ seals: this.#seals, unsealedLines: this.#unsealedLines },
    };
  }

  #take(checkpoint: Checkpoint, lineNumber: number): void {
    const { run, number, kind, hash, lastSeq, after } = checkpoint;
    const where = `the checkpoint in line ${String(lineNumber)} (${quote(run)} ${String(number)})`;
    if (this.#hashes.has(hash)) {
      this.#tell(`${where} stands here a second time: lines were repeated`);
      this.#reset(this.#run?.last.hash);
      return;
    }
    const before = kind === "begin" ? this.#begin(checkpoint, where) : this.#go(checkpoint, where);
    if (before !== undefined) this.#compare(checkpoint, where, before);
    this.#coveredLines += checkpoint.lines;
    this.#unsealedLines += checkpoint.lines;
    const fault = this.#seals.add(checkpoint);
    if (fault !== undefined) this.#tell(`${where}: ${fault}`);
    else if (checkpoint.seal !== undefined) this.#unsealedLines = 0;
    const extended = kind === "begin" ? (after ?? NO_HEAD).hash : undefined;
    const known = this.#runs.get(run) ?? {
      ...{ run, extended, hashes: new Map<number, string>(), last: checkpoint },
    };
    known.hashes.set(number, hash);
    known.last = checkpoint;
    this.#runs.set(run, known);
    this.#run = known;
    this.#checkpoints++;
    this.#oldestSeq ??= after?.lastSeq ?? lastSeq;
    this.#hashes.add(hash);
    const atSeq = this.#heads.get(lastSeq);
    if (atSeq === undefined) this.#heads.set(lastSeq, new Set([hash]));
    else atSeq.add(hash);
    this.#reset(hash);
  }

  /** The hash that a run's first checkpoint extends. */
  #begin({ run, number, after }: Checkpoint, where: string): string | undefined {
    const last = this.#run?.last;
    if (number !== 0 || this.#runs.has(run)) this.#tell(`${where} begins a run that has begun before`);
    if (last === undefined) {
      if (this.#lines > 0)
        this.#note(`${this.#pending()} are of an earlier run, and covered by no checkpoint`);
      if (after !== undefined) this.#note(`what was before run ${quote(run)} is not in this file`);
    } else if (last.kind === "end") {
      if (this.#lines > 0) this.#tell(`${this.#pending()} were added: they come after the end of their run`);
    } else {
      this.#note(endless(last.run));
      if (this.#lines > 0)
        this.#note(`${this.#pending()} were written last, and are covered by no checkpoint`);
    }
    this.#reset(after?.hash ?? NO_HEAD.hash);
    if (last === undefined) return after?.hash ?? NO_HEAD.hash;
    // Killed before it was noted that it had begun: the next run extends the same.
    if (last.kind !== "end" && this.#run?.extended === (after ?? NO_HEAD).hash) {
      this.#note(`run ${quote(last.run)} was killed in its first moments: no later one confirms it`);
      return this.#run.extended;
    }
    if (after === undefined) {
      this.#tell(
        `${where} does not extend the run before: the state directory was lost, or the run is not genuine`,
      );
      return NO_HEAD.hash;
    }
    const known = this.#runs.get(after.run);
    const hash = known?.hashes.get(after.number);
    if (known === undefined) this.#tell(`before ${where} the run ${quote(after.run)} is missing`);
    else if (hash === undefined && after.number > known.last.number) {
      this.#tell(
        `before ${where} the end of run ${quote(after.run)} is missing, until event ${String(after.lastSeq)}`,
      );
    } else if (hash !== undefined && hash !== after.hash) {
      this.#tell(
        `before ${where} run ${quote(after.run)} is another than the one that it extends: it was written anew`,
      );
    } else if (known !== this.#run)
      this.#tell(`before ${where} a run was added, or runs were put in another order`);
    return after.hash;
  }

  /** The hash that the next checkpoint of a run extends; undefined where that can't be known. */
  #go({ run, number, lines }: Checkpoint, where: string): string | undefined {
    const current = this.#run;
    if (current === undefined) {
      const missing = lines - this.#lines;
      this.#note(
        missing >= 0
          ? `the log begins in the middle of run ${quote(run)}: ${this.#pending()} can't be checked`
          : `the log begins in the middle of run ${quote(run)}`,
      );
      if (missing < 0) this.#tell(`before ${where} there are lines that it does not cover: they were added`);
      return undefined;
    }
    if (current.run !== run) {
      this.#tell(`before ${where} the beginning of its run is missing`);
      return undefined;
    }
    const { last } = current;
    if (number === last.number + 1) return last.hash;
    this.#tell(
      number > last.number
        ? `before ${where} ${String(number - last.number - 1)} checkpoints are missing with their lines, after event ${String(last.lastSeq)}`
        : `${where} comes after ${String(last.number)}: lines were put in another order`,
    );
    return undefined;
  }

  #compare(checkpoint: Checkpoint, where: string, before: string): void {
    const { head, tail, hash, lines, bytes, firstSeq, lastSeq } = checkpoint;
    const found = checkpointHash(this.#hash ?? hashAfter(before), head, tail).toString("hex");
    if (found === hash) return;
    const events = firstSeq === 0 ? "" : ` (events ${String(firstSeq)} to ${String(lastSeq)})`;
    const difference = lines - this.#lines;
    const what =
      difference > 0
        ? `${String(difference)} of ${String(lines)} lines are missing`
        : difference < 0
          ? `${String(-difference)} lines were added`
          : bytes === this.#bytes
            ? "lines were changed or put in another order, or the checkpoint itself was changed"
            : "lines were changed";
    this.#tell(
      `before ${where}${this.#lines === 0 ? "" : `, from line ${String(this.#firstLine)} on`}${events}: ${what}`,
    );
  }

  #reset(hash: string | undefined): void {
    this.#lines = 0;
    this.#bytes = 0;
    this.#hash = hash === undefined ? undefined : hashAfter(hash);
  }

  #pending(): string {
    return `${String(this.#lines)} lines from line ${String(this.#firstLine)} on`;
  }

  #tell(problem: string): void {
    if (this.#problems.length < MAX_TOLD) this.#problems.push(problem);
  }

  #note(note: string): void {
    if (this.#notes.length < MAX_TOLD) this.#notes.push(note);
  }
}

function endless(run: string): string {
  return `run ${quote(run)} has no end: it still runs, was killed, or its end was cut off`;
}

/** Whatever a file says a run's name is, nothing else than a name is printed. */
function quote(run: string): string {
  return /^[0-9a-f-]{1,36}$/.test(run) ? run.slice(0, 8) : JSON.stringify(run.replace(/[^\x20-\x7e]/g, "?"));
}
