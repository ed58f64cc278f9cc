import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SealKey } from "../../../../tracer-service/history/sealKey.ts";
import type { LogHead } from "../../../../tracer-service/integrity/checkpoint.ts";
import { LogChain } from "../../../../tracer-service/integrity/logChain.ts";
import { firstLogKey, LOG_KEY, LogChainState } from "../../../../tracer-service/integrity/logChainState.ts";

const BOOT = "f9e8d7c6-0000-4000-8000-000000000000";

/** A line of the log that tells of an event with this number. */
export function eventLine(seq: number, node = "node-1"): string {
  return (
    `{"ts":"2026-02-28T20:29:38.038452202Z","level":"INFO","msg":"exec","caller":"tracer-service/output/logLine.ts"` +
    `,"func":"LogLineFormatter.format","fields":{"labels":{},"cmdline":"/bin/true ${String(seq)} ü"` +
    `,"event":{"seq":${String(seq)}},"node":"${node}","boot_id":"${BOOT}"}}\n`
  );
}

/** A clock whose time the test lets pass. */
export class StandingClock {
  #nowMs = 0;
  #calls: { readonly atMs: number; readonly call: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, call: () => void): () => void {
    const entry = { atMs: this.#nowMs + delayMs, call };
    this.#calls.push(entry);
    return () => {
      this.#calls = this.#calls.filter((each) => each !== entry);
    };
  }

  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#calls.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#calls = this.#calls.filter((each) => each !== next);
      this.#nowMs = next.atMs;
      next.call();
    }
    this.#nowMs = untilMs;
  }
}

/** A sink in memory, which can be told to write nothing. */
export class MemorySink {
  text = "";
  stuck = false;
  readonly saturated = false;
  #taken = 0;

  get takenBytes(): number {
    return this.#taken;
  }

  get pendingBytes(): number {
    return this.stuck ? this.#taken : 0;
  }

  whenWritable(): Promise<void> {
    return Promise.resolve();
  }

  write(text: string): void {
    this.text += text;
    this.#taken += Buffer.byteLength(text);
  }
}

/** Chained logs of the runs of a service with a state directory of the test's own. */
export class ChainedLog {
  readonly directory = mkdtempSync(join(tmpdir(), "wpl-chain-"));
  readonly clock = new StandingClock();
  readonly messages: string[] = [];
  firstKey: Buffer | undefined;
  #sink = new MemorySink();
  #chain: LogChain | undefined;
  #state: LogChainState | undefined;
  #seq = 0;
  #run = 0;
  #earlier = "";
  readonly #saves: Promise<void>[] = [];

  /** As `tracer-service seal`. */
  seal(): void {
    this.firstKey = SealKey.create(this.directory);
    SealKey.create(this.directory, LOG_KEY, firstLogKey(this.firstKey));
  }

  get text(): string {
    return this.#earlier + this.#sink.text;
  }

  get lines(): string[] {
    return this.text.split(/(?<=\n)/);
  }

  set stuck(stuck: boolean) {
    this.#sink.stuck = stuck;
  }

  begin({ withState = true, node = "node-1" } = {}): void {
    this.#earlier = this.text;
    this.#sink = new MemorySink();
    this.#state = withState ? LogChainState.open(this.directory) : undefined;
    const state = this.#state;
    const watched = state && {
      ...{ head: state.head, key: state.key },
      save: (head: LogHead) => {
        const saved = state.save(head);
        this.#saves.push(saved);
        return saved;
      },
      close: () => {
        state.close();
      },
    };
    const tell = (_fields: object, message: string): number => this.messages.push(message);
    this.#chain = new LogChain(this.#sink, {
      ...{ node, bootId: BOOT, state: watched, clock: this.clock, dateNs: () => 1_772_310_578_000_000_000n },
      run: `${String(++this.#run).padStart(8, "0")}-0000-4000-8000-000000000000`,
      log: { info: tell, warn: tell, error: tell },
    });
  }

  /** Writes the lines of so many events. */
  write(count: number): void {
    for (let left = count; left > 0; left--) this.#chain?.write(eventLine(++this.#seq), this.#seq);
  }

  /** Lets time pass, and what is to be kept be kept meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      this.clock.pass(Math.min(left, 500));
      await Promise.allSettled(this.#saves.splice(0));
      await Promise.resolve();
    }
  }

  async end(): Promise<void> {
    await this.#chain?.end();
    await this.#chain?.close();
  }

  /** As `kill -9`: what is on the disk stays as it is. */
  kill(): void {
    this.#state?.close();
    this.#chain = undefined;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
