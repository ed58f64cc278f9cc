import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TracerEvent } from "../../../../protocol/events.ts";
import { ColumnFormatter } from "../../../../tracer-service/output/columns.ts";
import { FIXTURE_TIME_NS, fixtureExec, fixtureExit, fixtureLost } from "./fixtureEvents.ts";

const plain = new ColumnFormatter({ width: 120, colour: false });
/** Tests run in any time zone. */
const timeOfDay = new Date(Number(FIXTURE_TIME_NS / 1_000_000n)).toTimeString().slice(0, 8);
const TIME = `${timeOfDay}.038`;

describe("ColumnFormatter", () => {
  it.each<[string, TracerEvent, string]>([
    ["an exec", fixtureExec(), `${TIME} jessie       main          920684 101000 bash         uname -a\n`],
    [
      "an exec of no known workspace",
      fixtureExec({ labels: {} }),
      `${TIME} -            -             920684 101000 bash         uname -a\n`,
    ],
    [
      "an exec with a long user name and a large uid",
      fixtureExec({ labels: { username: "jessica.montgomery" }, uid: 1000660000 }),
      `${TIME} jessica.…ery -             920684 1000660000 bash         uname -a\n`,
    ],
    [
      "an exec with hostile text",
      fixtureExec({ comm: "\x1b]0;x\x07", argv: ["echo", "\x1b[2J\u202e"] }),
      `${TIME} jessie       main          920684 101000 ␛]0;x␇       echo '␛[2J<U+202E>'\n`,
    ],
    [
      "an exit code",
      fixtureExit(),
      `${TIME} jessie       main          920684                     · exit 1 after 1.235 s\n`,
    ],
    [
      "a signal",
      fixtureExit({ exitCode: undefined, signal: 11, coreDumped: true }),
      `${TIME} jessie       main          920684                     · killed by SIGSEGV (core dumped) after 1.235 s\n`,
    ],
    [
      "a loss",
      fixtureLost({ firstNs: FIXTURE_TIME_NS, cgroup: undefined }),
      `${TIME} jessie       main                                     ! lost 12 exec: ring_full ${TIME}–${TIME}\n`,
    ],
  ])("shows %s", (_name, event, line) => {
    expect(plain.format(event)).toBe(line);
  });

  it("names its columns above them", () => {
    expect(plain.header()).toBe(
      "TIME         USER         WORKSPACE        PID    UID CALLER       COMMAND\n",
    );
  });

  it("shows how a command ends that is longer than the terminal is wide", () => {
    const line = plain.format(fixtureExec({ argv: ["sh", "-c", `true${" ".repeat(500)}; rm -rf /`] }));
    expect(line).toMatch(/ sh -c 'true +… *; rm -rf \/'\n$/);
    expect(line).toHaveLength(121);
  });

  it("tells header, exits and losses apart by colour when it may", () => {
    const coloured = new ColumnFormatter({ width: 120, colour: true });
    expect(coloured.header()).toBe(`\x1b[1m${plain.header().trimEnd()}\x1b[0m\n`);
    expect(coloured.format(fixtureExec())).toBe(plain.format(fixtureExec()));
    expect(coloured.format(fixtureExit())).toBe(`\x1b[2m${plain.format(fixtureExit()).trimEnd()}\x1b[0m\n`);
    expect(coloured.format(fixtureLost())).toBe(
      `\x1b[1;33m${plain.format(fixtureLost()).trimEnd()}\x1b[0m\n`,
    );
  });

  it("never writes past the width of a terminal of 80 cells or more, nor a control character", () => {
    const text = fc.string({ unit: "binary", maxLength: 300 }).map((each) => each.replaceAll("\0", ""));
    fc.assert(
      fc.property(text, fc.array(text), fc.integer({ min: 80, max: 300 }), (name, argv, width) => {
        const formatter = new ColumnFormatter({ width, colour: false });
        const labels = { username: name, workspace_name: name };
        for (const event of [
          fixtureExec({ labels, argv, comm: name }),
          fixtureLost({ labels, cgroup: name }),
        ]) {
          const line = formatter.format(event);
          expect(line.endsWith("\n")).toBe(true);
          expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          // Marks take no cell of their own; wide characters take two, so counting one each is the lenient side.
          expect(Array.from(line.replace(/[\p{Mn}\p{Me}]/gu, "")).length - 1).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});
