import type { RowFacts } from "../../../../../webview/filter/rowFacts.ts";

let ids = 0;

/** An exec of `curl` with these facts; its texts have ids of their own. */
export function rowWith(facts: Partial<RowFacts> = {}): RowFacts {
  ids += 1;
  return {
    command: "curl -s https://example.com",
    commandId: ids,
    program: "curl",
    programId: ids,
    cwd: "/home/jessie/project",
    cwdId: ids,
    sharedId: ids,
    username: "jessie",
    workspace: "main",
    comm: "bash",
    node: "worker-1",
    tty: "pts0",
    container: undefined,
    source: "kernel",
    pid: 4_242,
    uid: 1_000,
    euid: 1_000,
    startMs: Date.UTC(2026, 0, 31, 12),
    durationMs: 1_500,
    running: false,
    failed: false,
    exitCode: 0,
    signalName: undefined,
    nested: false,
    image: undefined,
    script: false,
    truncated: false,
    gained: false,
    ...facts,
  };
}
