import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TracerEvent } from "../../../../protocol/events.ts";
import { quoteForShell } from "../../../../protocol/shellQuote.ts";
import { LogLineFormatter } from "../../../../tracer-service/output/logLine.ts";
import { anyExec } from "./anyExec.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "./fixtureEvents.ts";
import { parseLine } from "./parseLine.ts";
import type { ParsedLine } from "./parseLine.ts";

/** As long as the least limit, 2,000 bytes, allows. */
const NODE = { node: `node-${"x".repeat(90)}`, bootId: "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a" };

function format(event: TracerEvent, maxLineBytes: number): { line: string; parsed: ParsedLine } {
  const line = new LogLineFormatter({ ...NODE, maxLineBytes }).format(event);
  return { line, parsed: parseLine(line) };
}

describe("a line with a limit", () => {
  it("is whole when it is exactly as long as the limit, and cut when it is one byte longer", () => {
    const event = fixtureExec({ argv: ["echo", "é".repeat(1000)] });
    const whole = new LogLineFormatter({ ...NODE, maxLineBytes: undefined }).format(event);
    expect(format(event, Buffer.byteLength(whole)).line).toBe(whole);
    expect(format(event, Buffer.byteLength(whole) - 1).parsed.fields.event.truncated).toBe(true);
  });

  it("has room for the longest names of a pod", () => {
    const pod = {
      namespace: "n".repeat(63),
      pod: "p".repeat(253),
      podUid: "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a",
      serviceAccount: "s".repeat(253),
      container: "c".repeat(63),
      image: "i".repeat(512),
      containerId: "4f".repeat(32),
    };
    const event = fixtureExec({ pod, attribution: "pod", argv: ["x".repeat(30_000)] });
    const line = new LogLineFormatter({ ...NODE, maxLineBytes: 3_600, pods: true }).format(event);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(3_600);
    expect(JSON.parse(line)).toHaveProperty("fields.kubernetes.image", pod.image);
    expect(() => new LogLineFormatter({ ...NODE, maxLineBytes: 3_599, pods: true })).toThrow(
      "give at least 3600",
    );
  });

  it.each<[string, string[]]>([
    ["one long argument", ["sh", "-c", "x".repeat(30_000)]],
    ["one argument of control characters", ["sh", "-c", "\x01".repeat(30_000)]],
    ["one argument of single quotes", ["sh", "-c", "'".repeat(30_000)]],
    ["one argument of emoji", ["echo", "🦀".repeat(8_000)]],
    ["many arguments", Array.from({ length: 3_000 }, (_, index) => `-I/usr/include/${String(index)}`)],
    ["many empty arguments", Array.from({ length: 30_000 }, () => "")],
    ["a plain head and a hostile tail", ["a".repeat(15_000), "\x01".repeat(15_000)]],
  ])("is filled to 95 % where the event has %s", (_name, argv) => {
    const { line, parsed } = format(fixtureExec({ argv }), 16_000);
    const { event, cmdline } = parsed.fields;
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(16_000);
    expect(Buffer.byteLength(line)).toBeGreaterThanOrEqual(0.95 * 16_000);
    expect(event).toMatchObject({ truncated: true, arg_count: argv.length, seq: 7 });
    expect(event["args_bytes"]).toBe(Buffer.byteLength(argv.join("\0")) + 1);
    expect(cmdline).toBe(quoteForShell(event.argv));
    expect(event).not.toHaveProperty("cut_fields");
    const [head, tail] = event.argv[event.cut?.argument ?? -1]?.split("…") ?? [];
    expect(argv[event.cut?.argument ?? -1]?.startsWith(head ?? "?")).toBe(true);
    const last = argv.length - (event.argv.length - (event.cut?.argument ?? 0));
    expect(argv[last]?.endsWith(tail ?? "?")).toBe(true);
    const shown = Buffer.byteLength(event.argv.join("\0")) + 1 - Buffer.byteLength("…");
    expect(shown + (event.cut?.missing_bytes ?? NaN)).toBe(event["args_bytes"]);
  });

  it("keeps paths whole that take their share, and cuts only arguments", () => {
    const cwd = `/${"deep/".repeat(800)}`;
    const { event } = format(fixtureExec({ cwd, argv: ["a".repeat(32_000)] }), 16_000).parsed.fields;
    expect(event["cwd"]).toBe(cwd);
    expect(event).not.toHaveProperty("cut_fields");
  });

  it("cuts and names paths that would push out the arguments, and keeps half for these", () => {
    const path = "\x01".repeat(4095);
    const { line, parsed } = format(
      fixtureExec({ cwd: path, exe: path, argv: ["x".repeat(32_000)] }),
      16_000,
    );
    expect(Buffer.byteLength(line)).toBeGreaterThanOrEqual(0.95 * 16_000);
    expect(parsed.fields.event.cut_fields).toEqual(["exe", "cwd"]);
    expect(parsed.fields.event.argv[0]?.length).toBeGreaterThan(3_000);
    expect(parsed.fields.event["cwd"]).toMatch(/^[^…]{100,}…[^…]{100,}$/);
  });

  it("gives paths the room that short arguments leave", () => {
    const path = "\x01".repeat(4095);
    const { line, parsed } = format(fixtureExec({ cwd: path }), 16_000);
    expect(Buffer.byteLength(line)).toBeGreaterThanOrEqual(0.95 * 16_000);
    expect(parsed.fields.event).toMatchObject({
      argv: ["uname", "-a"],
      truncated: false,
      cut_fields: ["cwd"],
    });
  });

  it("leaves out whole labels, the longest first, where they would take more than half", () => {
    const labels = { username: "jessie", note: "n".repeat(20_000), workspace_name: "main" };
    const { parsed } = format(fixtureExec({ labels }), 16_000);
    expect(parsed.fields.labels).toEqual({ username: "jessie", workspace_name: "main" });
    expect(parsed.fields.event.cut_fields).toEqual(["labels"]);
  });

  it("gives labels half of the room, paths half of the rest, and arguments what remains", () => {
    const bareBytes = Buffer.byteLength(format(fixtureExec({ labels: {}, argv: [] }), 16_000).line);
    const names = Array.from({ length: 20 }, (_, index) => `label${String(index)}`);
    const labels = Object.fromEntries(names.map((name) => [name, "l".repeat(1_000)]));
    const event = fixtureExec({ labels, cwd: `/${"c".repeat(8_000)}`, argv: ["a".repeat(30_000)] });
    const { fields } = format(event, 16_000).parsed;
    const room = 16_000 - bareBytes;
    const labelBytes = Buffer.byteLength(JSON.stringify(fields.labels));
    expect(fields.event.cut_fields).toEqual(["cwd", "labels"]);
    expect(labelBytes).toBeLessThanOrEqual(room / 2);
    expect(labelBytes).toBeGreaterThan(room / 2 - 1_100);
    const share = (room - labelBytes) / 2;
    expect(Math.abs(String(fields.event["cwd"]).length - share) / share).toBeLessThan(0.1);
    expect(Math.abs(2 * (fields.event.argv[0]?.length ?? 0) - share) / share).toBeLessThan(0.1);
  });

  it("keeps the bytes of what is not UTF-8 in the arguments that it shows, and nothing of others", () => {
    const latin = Buffer.from("caf\xe9", "latin1").toString("base64");
    const argv = ["caf\ufffd", ...Array.from({ length: 5_000 }, () => "plain")];
    const raw = (at: number) => ({ argv: argv.map((_, index) => (index === at ? latin : null)) });
    const shown = format(fixtureExec({ argv, raw: raw(0) }), 16_000).parsed.fields.event;
    expect(shown).toHaveProperty("raw.argv.0", latin);
    expect(shown).toHaveProperty("raw.argv.length", shown.argv.length);
    const middle = argv.slice(1).toSpliced(2_500, 0, "caf\ufffd");
    const cwd = { text: "/caf\ufffd", raw: Buffer.from("/caf\xe9", "latin1").toString("base64") };
    const without = fixtureExec({ argv: middle, cwd: cwd.text, raw: { ...raw(2_500), cwd: cwd.raw } });
    expect(format(without, 16_000).parsed.fields.event).toHaveProperty("raw", { cwd: cwd.raw });
    const none = fixtureExec({ argv: middle, raw: raw(2_500) });
    expect(format(none, 16_000).parsed.fields.event).not.toHaveProperty("raw");
  });

  it.each<[string, TracerEvent]>([
    ["a lost line", fixtureLost({ cgroup: "/\x01".repeat(2_000) })],
    ["an exit line", fixtureExit({ labels: { note: "n".repeat(3_000) } })],
  ])("is kept by %s too", (_name, event) => {
    const { line, parsed } = format(event, 2_000);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2_000);
    expect(parsed.fields.event.cut_fields).toHaveLength(1);
  });

  it("is never exceeded, and head and tail are always there, whatever the event", () => {
    fc.assert(
      fc.property(
        anyExec(),
        fc.oneof(fc.constant(2_000), fc.integer({ min: 2_000, max: 40_000 })),
        (event, limit) => {
          const { line, parsed } = format(event, limit);
          const { argv, cut } = parsed.fields.event;
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(limit);
          expect(parsed.fields.cmdline).toBe(quoteForShell(argv));
          expect(argv[0]?.slice(0, 1)).toBe(event.argv[0]?.slice(0, 1));
          expect(argv.at(-1)?.slice(-1)).toBe(event.argv.at(-1)?.slice(-1));
          if (cut !== undefined) expect(argv[cut.argument]).toContain("…");
          expect(argv.every((each) => each.isWellFormed())).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
