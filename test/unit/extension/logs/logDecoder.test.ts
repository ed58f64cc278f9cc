import { describe, expect, it } from "vitest";

import { MAX_RECORDED_LINE } from "../../../../protocol/parseRecordedEvent.ts";
import { commandsOf, decodeLog } from "./decodeLog.ts";
import { sidecarLine } from "./fixtureLines.ts";

const LINE = sidecarLine();
const TIME = "2022-02-28T20:29:38.038452202Z";
const half = LINE.length >> 1;

/** A text as a cell of comma-separated values. */
function cell(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

describe("LogDecoder", () => {
  it.each([
    ["nothing around the line", LINE],
    ["a byte order mark", `\ufeff${LINE}\n`],
    ["Windows' line ends", `${LINE}\r\n`],
    ["blank lines", `\n\n  \n${LINE}\n\n`],
    ["kubectl's prefix", `[pod/coder-jessie-main-0/exectrace] ${LINE}\n`],
    ["kubectl's timestamp", `${TIME} ${LINE}\n`],
    ["kubectl's prefix and timestamp", `[pod/coder-jessie-main-0/exectrace] ${TIME} ${LINE}\n`],
    ["a timestamp in another zone", `2022-02-28T21:29:38+01:00 ${LINE}\n`],
    ["a container runtime's whole line", `${TIME} stdout F ${LINE}\n`],
    ["a container runtime's further tags", `${TIME} stdout F:x:y ${LINE}\n`],
    [
      "a container runtime's parts",
      `${TIME} stdout P ${LINE.slice(0, 9)}\n${TIME} stdout P ${LINE.slice(9, half)}\n${TIME} stdout F ${LINE.slice(half)}\n`,
    ],
    ["a line whose last part is empty", `${TIME} stdout P ${LINE}\n${TIME} stdout F \n`],
    ["Docker's file", `${JSON.stringify({ log: `${LINE}\n`, stream: "stdout", time: TIME })}\n`],
    [
      "Docker's parts",
      [LINE.slice(0, half), `${LINE.slice(half)}\n`]
        .map((log) => JSON.stringify({ log, stream: "stdout", time: TIME }))
        .join("\n"),
    ],
    [
      "Fluent Bit's parsed line",
      JSON.stringify({ stream: "stdout", log_processed: JSON.parse(LINE) as unknown }),
    ],
    [
      "Fluent Bit's line, parsed and not",
      JSON.stringify({ log: LINE, log_processed: JSON.parse(LINE) as unknown }),
    ],
    ["CloudWatch's message", JSON.stringify({ "@timestamp": "2022-02-28 20:29:38.038", "@message": LINE })],
    ["CloudWatch's message as an object", JSON.stringify({ "@message": JSON.parse(LINE) as unknown })],
    [
      "Fluent Bit's record in CloudWatch's message",
      JSON.stringify({ "@message": JSON.stringify({ log: LINE, stream: "stdout" }) }),
    ],
    ["Loki's line", JSON.stringify({ labels: { app: "x" }, line: LINE, timestamp: TIME })],
    ["an object over several lines", JSON.stringify(JSON.parse(LINE), undefined, 2)],
    ["several such objects", `${JSON.stringify(JSON.parse(LINE), undefined, 2)}\n`],
    ["a list of lines' objects", `[${LINE}]`],
    [
      "a list of messages",
      JSON.stringify([{ "@timestamp": "2022-02-28 20:29:38.038", "@message": LINE }], undefined, 2),
    ],
    [
      "the answer of filter-log-events",
      JSON.stringify(
        {
          events: [{ logStreamName: "s", timestamp: 1, message: LINE, eventId: "1" }],
          searchedLogStreams: [],
        },
        undefined,
        4,
      ),
    ],
    [
      "the same on one line, its events last",
      JSON.stringify({ searchedLogStreams: [], nextToken: "x", events: [{ message: LINE }] }),
    ],
    [
      "the answer of get-query-results",
      JSON.stringify({
        results: [
          [
            { field: "@timestamp", value: "2022-02-28 20:29:38.038" },
            { field: "@message", value: LINE },
          ],
        ],
        statistics: { recordsMatched: 1 },
        status: "Complete",
      }),
    ],
    [
      "a subscription's record",
      JSON.stringify({
        messageType: "DATA_MESSAGE",
        owner: "1",
        logEvents: [{ id: "1", message: `${LINE}\n` }],
      }),
    ],
    ["CloudWatch's table", `@timestamp,@message\r\n2022-02-28 20:29:38.038,${cell(LINE)}\r\n`],
    ["a table with the message between others", `a,"@message",b\n1,${cell(`${LINE}\n`)},"2\n3"\n`],
    ["a table of timestamp and message", `timestamp,message\n1,${cell(LINE)}`],
    [
      "a table of parsed columns",
      [
        "@timestamp,log_processed.msg,log_processed.fields.labels.username,log_processed.fields.labels.workspace_name,log_processed.fields.cmdline,log_processed.fields.event.argv.1,log_processed.fields.event.argv.0,log_processed.fields.event.pid,log_processed.fields.event.uid,log_processed.fields.event.truncated",
        "2022-02-28 20:29:38.038,exec,jessie,main,uname -a,-a,uname,920684,101000,0",
      ].join("\n"),
    ],
  ])("reads %s, however it is cut", (_, log) => {
    for (const chunkBytes of [65_536, 7, 1]) {
      const decoded = decodeLog(log, chunkBytes);
      expect(decoded.others).toBe(0);
      expect(decoded.events).toHaveLength(1);
      expect(decoded.events[0]).toMatchObject({
        type: "exec",
        cmdline: "uname -a",
        argv: ["uname", "-a"],
        pid: 920684,
        uid: 101000,
        labels: { username: "jessie", workspace_name: "main" },
      });
      expect(JSON.parse(decoded.lines[0] ?? "")).toMatchObject({ msg: "exec" });
      expect(decoded.lines[0]).not.toContain("\n");
    }
  });

  it("reads UTF-16, as Windows' shell writes it", () => {
    const log = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${LINE}\r\n${LINE}\r\n`, "utf16le")]);
    for (const chunkBytes of [65_536, 1]) expect(decodeLog(log, chunkBytes).events).toHaveLength(2);
  });

  it("reads characters that are cut in the middle", () => {
    const log = `${sidecarLine("echo 🦀é漢")}\n`;
    expect(commandsOf(decodeLog(log, 1))).toEqual(["echo 🦀é漢"]);
  });

  it("reads a file in which the forms are mixed", () => {
    const log = [
      sidecarLine("one"),
      "starting up",
      `[pod/a/exectrace] ${sidecarLine("two")}`,
      `${TIME} ${sidecarLine("three")}`,
      `${TIME} stderr P half of`,
      `${TIME} stdout F ${sidecarLine("four")}`,
      `${TIME} stderr F  another line`,
      JSON.stringify({ log: sidecarLine("five"), stream: "stdout" }),
      '{"level":"INFO","msg":"listening"}',
    ].join("\n");
    const decoded = decodeLog(log);
    expect(commandsOf(decoded)).toEqual(["one", "two", "three", "four", "five"]);
    expect(decoded.others).toBe(3);
  });

  it("leaves the text of a line as it is", () => {
    const line = LINE.replace('"uid":101000', '"uid":101000,"future": 12345678901234567890');
    expect(decodeLog(`${line}\n`).lines).toEqual([line]);
  });

  it("adds what only the surroundings know, where the line does not say it", () => {
    const fluent = {
      log: LINE,
      kubernetes: { host: "node-1", pod_name: "coder-x", container_name: "exectrace" },
    };
    const [line = ""] = decodeLog(JSON.stringify(fluent)).lines;
    expect(JSON.parse(line)).toEqual({
      ...(JSON.parse(LINE) as object),
      node: "node-1",
      pod: "coder-x",
      container: "exectrace",
    });
    const own = sidecarLine("uname -a", { pod: "mine" });
    expect(JSON.parse(decodeLog(`[pod/other/c] ${own}`).lines[0] ?? "")).toMatchObject({
      pod: "mine",
      container: "c",
    });
  });

  it.each([
    ["a last line that is cut", `${LINE}\n${LINE.slice(0, half)}`, 1, 1],
    ["a first line that is cut", `${LINE.slice(half)}\n${LINE}\n`, 1, 1],
    ["a runtime's line that never ends", `${TIME} stdout F ${LINE}\n${TIME} stdout P ${LINE}\n`, 1, 1],
    ["a runtime's line whose end is missing", `${TIME} stdout P {"ts"\n${TIME} stdout F ${LINE}\n`, 1, 1],
    ["Docker's line that never ends", JSON.stringify({ log: LINE.slice(0, half), stream: "stdout" }), 0, 1],
    ["a line of another program", "hello\n", 0, 1],
    ["JSON of another program", '{"a":1}\n{"log":{"b":2}}\n', 0, 2],
    ["an element that is no event", `[${LINE}, 1, "two", {"three": 3}, ${LINE}]`, 2, 3],
    ["a document that ends too soon", `{"events":[{"message":${JSON.stringify(LINE)}},{"mess`, 1, 1],
    ["text after a document", `[${LINE}]\nhello\n[${LINE}]`, 2, 1],
    ["a table's cell that is no event", `@message\nhello\n${cell(LINE)}\n`, 1, 1],
    ["an empty file", "", 0, 0],
    ["objects in objects without end", `${'{"log":'.repeat(5_000)}1${"}".repeat(5_000)}`, 0, 1],
    ["messages in messages without end", nested(LINE, 9), 0, 1],
  ])("counts %s", (_, log, events, others) => {
    for (const chunkBytes of [65_536, 3]) {
      const decoded = decodeLog(log, chunkBytes);
      expect([decoded.events.length, decoded.others]).toEqual([events, others]);
    }
  });

  it.each([
    ["a line", (long: string) => `${long}\n${LINE}\n`],
    [
      "a runtime's line",
      (long: string) => `${TIME} stdout P ${long}\n${TIME} stdout F ${long}\n${TIME} stdout F ${LINE}`,
    ],
    ["an element", (long: string) => `[{"a":"${long}${long}"},${LINE}]`],
    ["a cell", (long: string) => `@message\n${long}${long}\n${cell(LINE)}`],
  ])("skips and counts %s beyond the limit", (_, log) => {
    const decoded = decodeLog(log("x".repeat(MAX_RECORDED_LINE + 1)));
    expect([decoded.events.length, decoded.others]).toEqual([1, 1]);
  });

  it("reads an argument of a megabyte, in every wrapping", () => {
    const line = sidecarLine(`echo ${"a".repeat(1_000_000)}`);
    for (const log of [
      line,
      `[${line}]`,
      `@message\n${cell(line)}`,
      JSON.stringify({ log: `${line}\n`, stream: "stdout" }),
    ]) {
      expect(decodeLog(log).events[0]).toMatchObject({ argv: ["echo", "a".repeat(1_000_000)] });
    }
  });
});

function nested(line: string, depth: number): string {
  let text = line;
  for (let left = depth; left > 0; left--) text = JSON.stringify({ message: text });
  return text;
}
