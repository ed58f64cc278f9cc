import type {
  GapMessage,
  HelloMessage,
  NodeState,
  ServerMessage,
  StreamFilter,
  WorkspaceState,
} from "../../../../protocol/stream.ts";
import type { EventSink } from "../../../../extension/source/eventSource.ts";

export const EVERYTHING: StreamFilter = { usernames: [], workspaces: [] };
export const JESSIE: StreamFilter = { usernames: ["jessie"], workspaces: [] };

export function nodeState(change: Partial<NodeState> = {}): NodeState {
  return {
    node: "node-a",
    bootId: "b2f5ff47-0000-4000-8000-000000000000",
    kernel: "6.1.0-18-amd64",
    serviceVersion: "0.1.0",
    run: "run-1",
    since: "2026-01-02T03:04:05.000000006Z",
    rate: 1.5,
    execs: 10,
    exits: 9,
    lost: 0,
    unattributed: 0,
    clients: 1,
    ...change,
  };
}

export function hello(change: Partial<NodeState> = {}, protocol = 1): HelloMessage {
  return { type: "hello", protocol, node: nodeState(change), oldestSeq: 1, latestSeq: 10 };
}

export function workspaceState(id: string): WorkspaceState {
  return {
    id,
    labels: { username: "jessie", workspace_name: "main" },
    attribution: "cgroup",
    ...{ namespace: undefined, pod: undefined, podUid: undefined },
    cgroup: "/workspaces/jessie/main",
    activity: "logging",
    why: undefined,
    alive: 1,
    execs: 2,
    lost: 0,
    rate: 0.5,
    lastCommand: "uname -a",
    lastExec: "2026-01-02T03:04:05.000000006Z",
    since: "2026-01-02T03:04:05.000000006Z",
  };
}

export function gap(change: Partial<GapMessage> = {}): GapMessage {
  return {
    type: "gap",
    reason: "slow_reader",
    firstSeq: 11,
    lastSeq: 20,
    events: 10,
    execs: 5,
    firstTs: undefined,
    lastTs: undefined,
    ...change,
  };
}

export const SUBSCRIBED: ServerMessage = { type: "subscribed", filter: EVERYTHING, latestSeq: 10 };

/** A frame as the service sends it. */
export function frame(header: ServerMessage, ...lines: readonly string[]): string {
  return [JSON.stringify(header), ...lines].map((line) => `${line}\n`).join("");
}

/** A frame of events whose lines are made of the given names. */
export function events(through: number, ...names: readonly string[]): string {
  return frame({ type: "events", count: names.length, through }, ...names.map((name) => `{"msg":"${name}"}`));
}

/** Keeps what it was given; holds its promises back while `hold` is set. */
export class RecordingSink implements EventSink {
  readonly got: (string | GapMessage)[] = [];
  hold = false;
  #held: (() => void)[] = [];

  events(lines: Uint8Array): Promise<void> {
    this.got.push(Buffer.from(lines).toString());
    if (!this.hold) return Promise.resolve();
    return new Promise((resolve) => {
      this.#held.push(resolve);
    });
  }

  gap(told: GapMessage): void {
    this.got.push(told);
  }

  /** Has room again. */
  release(): void {
    this.hold = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }

  /** Names of the events that came. */
  get names(): readonly string[] {
    return this.got.flatMap((each) =>
      typeof each === "string"
        ? [...each.matchAll(/"msg":"([^"]*)"/g)].map(([, name]) => name ?? "")
        : ["gap"],
    );
  }
}
