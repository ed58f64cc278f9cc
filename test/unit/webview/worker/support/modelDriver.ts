import { deflateRawSync, inflateRawSync } from "node:zlib";
import { Model } from "../../../../../webview/worker/model.ts";
import type { ExecRow, FromWorker, Row, ToWorker } from "../../../../../webview/worker/workerMessages.ts";

/** A window that holds all rows of a test. */
const ALL = { first: 0, count: 10_000, anchor: undefined };

/** A model whose time only passes when the test says so. */
export class ModelDriver {
  readonly messages: FromWorker[] = [];
  readonly model: Model;
  nowMs = Date.UTC(2026, 10, 23, 12, 10, 0);
  #clockMs = 0;
  #soon: (() => void)[] = [];
  #timers: { readonly at: number; readonly task: () => void }[] = [];
  #batch = 0;

  constructor(maxText = 1_000_000) {
    this.model = new Model({
      post: (message) => this.messages.push(message),
      clockMs: () => this.#clockMs,
      nowMs: () => this.nowMs,
      soon: (task) => this.#soon.push(task),
      later: (delayMs, task) => this.#timers.push({ at: this.#clockMs + delayMs, task }),
      packer: {
        pack: (text) => Promise.resolve(deflateRawSync(text)),
        unpack: (bytes, maxOutputLength) =>
          Promise.resolve(
            inflateRawSync(bytes, { maxOutputLength: Math.min(maxOutputLength, 1e9) }).toString(),
          ),
      },
      limits: { text: maxText, packedBytes: 1_000_000 },
    });
    this.model.receive({ type: "visible", visible: true });
    this.model.receive({ type: "window", window: ALL });
  }

  /** Says it to the model, and lets the time pass that it needs. */
  say(message: ToWorker): void {
    this.model.receive(message);
    this.pass(600);
  }

  events(lines: string, source = "node-a"): void {
    this.say({ type: "events", source, batch: ++this.#batch, lines: new TextEncoder().encode(lines) });
  }

  filter(expression: string, more: Partial<Extract<ToWorker, { readonly type: "filter" }>> = {}): void {
    const filter = { usernames: [], workspaces: [], expression };
    this.say({ type: "filter", filter, range: undefined, subtree: undefined, hidden: [], ...more });
  }

  /** Lets time pass. */
  pass(ms: number): void {
    const until = this.#clockMs + ms;
    for (;;) {
      const task = this.#soon.shift();
      if (task !== undefined) {
        task();
        continue;
      }
      const next = this.#timers.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > until) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#advance(next.at);
      next.task();
    }
    this.#advance(until);
  }

  #advance(to: number): void {
    const passed = Math.max(0, to - this.#clockMs);
    this.#clockMs += passed;
    this.nowMs += passed;
  }

  /** Lets answers come that wait for lines to be unpacked. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      this.pass(1);
    }
  }

  /** The latest message of a type; throws when none came. */
  latest<Type extends FromWorker["type"]>(type: Type): Extract<FromWorker, { readonly type: Type }> {
    const found = this.messages.findLast((message) => message.type === type);
    if (found === undefined) throw new Error(`the model said nothing of type ${type}`);
    return found as Extract<FromWorker, { readonly type: Type }>;
  }

  get rows(): readonly Row[] {
    return this.latest("rows").rows;
  }

  /** The exec row of this command; throws when it is not visible. */
  exec(command: string): ExecRow {
    const row = this.rows.find((one) => one.type === "exec" && one.command === command);
    if (row?.type !== "exec") throw new Error(`no row shows ${command}`);
    return row;
  }

  /** The visible rows as an indented text each. */
  get picture(): readonly string[] {
    return this.rows.map(
      (row) => `${"  ".repeat(row.level - 1)}${textOf(row)}${row.context ? " (context)" : ""}`,
    );
  }
}

function textOf(row: Row): string {
  switch (row.type) {
    case "exec":
      return `${row.became ? "became " : ""}${row.command}`;
    case "fold":
      return `${row.program} ×${String(row.count)}`;
    case "loss":
      return `${String(row.count)} ${row.kind} lost`;
    case "group":
      return `${row.grouping} ${row.name} (${String(row.count)})`;
  }
}
