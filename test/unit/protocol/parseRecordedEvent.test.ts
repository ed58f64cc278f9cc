import { describe, expect, it } from "vitest";

import {
  MAX_RECORDED_LINE,
  parseRecordedEvent,
  parseRecordedLine,
} from "../../../protocol/parseRecordedEvent.ts";
import { LogLineFormatter } from "../../../tracer-service/output/logLine.ts";
import {
  FIXTURE_TIME_NS,
  fixtureExec,
  fixtureExit,
  fixtureLost,
} from "../tracer-service/output/fixtureEvents.ts";

const formatter = new LogLineFormatter({ node: "node-1", bootId: "b", maxLineBytes: undefined });
const TIME_MS = Number(FIXTURE_TIME_NS / 1_000n) / 1_000;

/** A line of Coder's sidecar, as its documentation shows it. */
const SIDECAR = {
  ts: "2022-02-28T20:29:38.038452202Z",
  level: "INFO",
  msg: "exec",
  caller: "exectrace/main.go:175",
  func: "main.runExectrace",
  fields: {
    labels: { username: "jessie", workspace_name: "main" },
    cmdline: "uname -a",
    event: {
      filename: "/usr/bin/uname",
      argv: ["uname", "-a"],
      truncated: false,
      pid: 920684,
      uid: 101000,
      gid: 101000,
      comm: "bash",
    },
  },
};

/** The sidecar's line with some of its parts changed; undefined removes one. */
function changed(parts: { line?: object; fields?: object; event?: object }): unknown {
  const event = { ...SIDECAR.fields.event, ...parts.event };
  const line = { ...SIDECAR, fields: { ...SIDECAR.fields, event, ...parts.fields }, ...parts.line };
  return JSON.parse(JSON.stringify(line));
}

describe("parseRecordedEvent", () => {
  it("reads every key of the service's own exec", () => {
    const line = formatter.format(
      fixtureExec({
        loginUid: 1000,
        tty: "pts0",
        nsUid: 1000,
        nested: true,
        interpreter: "/bin/sh",
        image: "memfd",
        gained: ["setuid"],
        cgroup: "/workspaces/jessie/main",
      }),
    );
    const event = parseRecordedLine(line);
    expect(event?.timeMs).toBeCloseTo(TIME_MS, 2);
    expect(event).toEqual({
      type: "exec",
      timeMs: event?.timeMs,
      labels: { username: "jessie", workspace_name: "main" },
      node: "node-1",
      seq: 7,
      beforeTracing: false,
      execId: "920684.123456789012.1",
      parentId: "920683.123456700000.3",
      lineage: "known",
      execNumber: 1,
      pid: 920684,
      ppid: 920683,
      uid: 101000,
      euid: 101002,
      loginUid: 1000,
      nsPid: 84,
      nsUid: 1000,
      tty: "pts0",
      cwd: "/home/jessie",
      cgroup: "/workspaces/jessie/main",
      exe: "/usr/bin/uname",
      interpreter: "/bin/sh",
      filename: "/usr/bin/uname",
      cmdline: "uname -a",
      argv: ["uname", "-a"],
      truncated: false,
      comm: "bash",
      nested: true,
      image: "memfd",
      gained: ["setuid"],
    });
  });

  it.each([
    [
      "whole",
      {
        ...{ namespace: "coder", pod: "p", podUid: "u", serviceAccount: "s" },
        ...{ container: "c", image: "i", containerId: "4f2a" },
      },
    ],
    [
      "known by its uid only",
      {
        ...{ namespace: undefined, pod: undefined, podUid: "u", serviceAccount: undefined },
        ...{ container: undefined, image: undefined, containerId: undefined },
      },
    ],
  ])("reads a pod that is %s", (_, pod) => {
    for (const event of [fixtureExec({ pod }), fixtureExit({ pod }), fixtureLost({ pod })]) {
      expect(parseRecordedLine(formatter.format(event))).toHaveProperty("pod", pod);
    }
  });

  it("reads the service's own exit", () => {
    expect(
      parseRecordedLine(formatter.format(fixtureExit({ exitCode: undefined, signal: 9, coreDumped: true }))),
    ).toMatchObject({
      type: "exit",
      execId: "920684.123456789012.1",
      pid: 920684,
      exitCode: undefined,
      signal: 9,
      signalName: "SIGKILL",
      coreDumped: true,
      durationMs: 1_234.56789,
      late: false,
    });
    expect(parseRecordedLine(formatter.format(fixtureExit({ late: true })))).toHaveProperty("late", true);
  });

  it("reads the service's own loss", () => {
    const event = parseRecordedLine(formatter.format(fixtureLost()));
    expect(event).toMatchObject({
      type: "lost",
      kind: "exec",
      reason: "ring_full",
      count: 12,
      node: "node-1",
    });
    if (event?.type !== "lost") expect.unreachable();
    expect(event.lastMs - event.firstMs).toBeCloseTo(1_000, 2);
  });

  it("reads the sidecar's line, which has no identities", () => {
    expect(parseRecordedEvent(SIDECAR)).toMatchObject({
      type: "exec",
      execId: undefined,
      parentId: undefined,
      lineage: "unknown",
      seq: undefined,
      node: undefined,
      cmdline: "uname -a",
      comm: "bash",
      gained: [],
    });
  });

  it("marks a process that ran before tracing began", () => {
    expect(parseRecordedEvent(changed({ line: { msg: "process" } }))).toMatchObject({ beforeTracing: true });
  });

  it.each([
    ["no labels", { fields: { labels: undefined } }, { labels: {} }],
    [
      "a list or map that Go never made",
      { fields: { labels: null }, event: { argv: null } },
      { labels: {}, argv: [] },
    ],
    ["no command line", { fields: { cmdline: undefined }, event: { argv: ["a b"] } }, { cmdline: "'a b'" }],
    ["keys of a later release", { fields: { colour: 1 }, event: { image: "virtual" } }, { image: undefined }],
    ["a node around the line", { line: { node: "n2" } }, { node: "n2" }],
    ["an inner node before an outer one", { line: { node: "n2" }, fields: { node: "n1" } }, { node: "n1" }],
  ])("accepts %s", (_, parts, expected) => {
    expect(parseRecordedEvent(changed(parts))).toMatchObject(expected);
  });

  it.each([
    ["another message", { line: { msg: "listening" } }],
    ["no time", { line: { ts: undefined } }],
    ["a time that is none", { line: { ts: "yesterday" } }],
    ["no event", { fields: { event: undefined } }],
    ["a pid that is text", { event: { pid: "1" } }],
    ["a negative pid", { event: { pid: -1 } }],
    ["a uid with a fraction", { event: { uid: 0.5 } }],
    ["a seq beyond what numbers hold", { event: { seq: 2 ** 53 } }],
    ["an argument that is no text", { event: { argv: ["a", 1] } }],
    ["arguments that are no list", { event: { argv: { length: 1 } } }],
    ["a label that is no text", { fields: { labels: { username: 1 } } }],
    ["labels that are a list", { fields: { labels: ["jessie"] } }],
    [
      "too many labels",
      { fields: { labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [i, ""])) } },
    ],
    ["a label of endless length", { fields: { labels: { username: "a".repeat(4_097) } } }],
    ["an id of endless length", { event: { exec_id: "1".repeat(81) } }],
    ["a pod without its uid", { fields: { kubernetes: { pod: "p" } } }],
    ["a pod that is a list", { fields: { kubernetes: ["p"] } }],
    ["a pod whose name is no text", { fields: { kubernetes: { pod_uid: "u", pod: 1 } } }],
    ["a pod's name of endless length", { fields: { kubernetes: { pod_uid: "u", pod: "p".repeat(4_097) } } }],
    ["a lineage nobody knows", { event: { lineage: "royal" } }],
    ["a truth that is text", { event: { truncated: "false" } }],
    ["an exit without its exec", { line: { msg: "exit" } }],
    [
      "an exit code beyond a byte",
      { line: { msg: "exit" }, event: { exec_id: "1.1.1", duration_ns: 1, exit_code: 256 } },
    ],
    ["an endless loss", { line: { msg: "lost" }, event: { kind: "exec", reason: "r", count: 1e300 } }],
  ])("refuses %s", (_, parts) => {
    expect(parseRecordedEvent(changed(parts))).toBeUndefined();
  });

  it.each([
    ["null", null],
    ["a number", 1],
    ["a text", "exec"],
    ["a list", [SIDECAR]],
    ["nothing", undefined],
  ])("refuses %s in place of a line", (_, value) => {
    expect(parseRecordedEvent(value)).toBeUndefined();
  });

  it("keeps a label named like a property of every object as a label", () => {
    const line = JSON.stringify(SIDECAR).replace('"username"', '"__proto__"');
    expect(Object.keys(parseRecordedLine(line)?.labels ?? {})).toEqual(["__proto__", "workspace_name"]);
  });
});

describe("parseRecordedLine", () => {
  it.each([
    ["half a line", JSON.stringify(SIDECAR).slice(0, -1)],
    ["a line of another program", "starting up"],
    ["an empty line", ""],
    ["a line beyond the limit", JSON.stringify(SIDECAR) + " ".repeat(MAX_RECORDED_LINE)],
  ])("says that %s is no event", (_, line) => {
    expect(parseRecordedLine(line)).toBeUndefined();
  });

  it("reads an argument of a megabyte", () => {
    const argv = ["echo", "a".repeat(1_000_000)];
    expect(parseRecordedLine(formatter.format(fixtureExec({ argv })))).toMatchObject({ argv });
  });
});
