import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { SealKey } from "../../../../tracer-service/history/sealKey.ts";
import { LOG_KEY, readLogHead } from "../../../../tracer-service/integrity/logChainState.ts";
import {
  LogVerifier,
  type LogExpectation,
  type LogVerdict,
} from "../../../../tracer-service/integrity/verifyLog.ts";
import { ChainedLog, eventLine } from "./chainedLog.ts";

const NOTHING_KNOWN: LogExpectation = { firstKey: undefined, heads: [], state: undefined };

function verify(text: string, expectation: Partial<LogExpectation> = {}): LogVerdict {
  const verifier = new LogVerifier({ ...NOTHING_KNOWN, ...expectation });
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  for (const line of lines) verifier.line(Buffer.from(line));
  if (rest !== "") verifier.line(Buffer.from(rest), false);
  return verifier.end();
}

function problemsOf(verdict: LogVerdict): string[] {
  return [...verdict.problems, ...verdict.logs.flatMap(({ problems }) => problems)];
}

function notesOf(verdict: LogVerdict): string[] {
  return verdict.logs.flatMap(({ notes }) => notes);
}

describe("a log with checkpoints", () => {
  let log: ChainedLog;

  beforeEach(() => {
    log = new ChainedLog();
  });

  afterEach(() => {
    log.remove();
  });

  /** What the state directory knows. */
  const state = (): NonNullable<LogExpectation["state"]> => {
    const key = SealKey.open(log.directory, LOG_KEY);
    const keyEpoch = key?.epoch;
    key?.close();
    return { head: readLogHead(log.directory), keyEpoch };
  };

  /** Three runs, of which the second is killed: checkpoints by number and by time, seals where there is a key. */
  const writeRuns = async (): Promise<void> => {
    log.begin();
    log.write(2_500);
    await log.pass(11_000);
    log.write(20);
    await log.end();
    log.begin();
    log.write(30);
    await log.pass(11_000);
    log.write(5);
    await log.pass(11_000);
    log.write(7);
    log.kill();
    log.begin();
    log.write(40);
    await log.end();
  };

  it.each([{ sealed: false }, { sealed: true }])(
    "is found to be as it was written, over restarts and a crash (sealed: $sealed)",
    async ({ sealed }) => {
      if (sealed) log.seal();
      await writeRuns();
      const verdict = verify(log.text, { firstKey: log.firstKey, state: state() });
      expect(problemsOf(verdict)).toEqual([]);
      const [report] = verdict.logs;
      expect(report).toMatchObject({ runs: 3, coveredLines: 2_595, unsealedLines: sealed ? 0 : 2_595 });
      expect(report?.head?.seq).toBe(2_602);
      expect(report?.notes).toEqual([
        expect.stringMatching(/^run 00000002 has no end/),
        expect.stringMatching(/^7 lines from line \d+ on were written last/),
      ]);
      expect(report?.seals.checked).toBe(sealed);
      expect((report?.seals.count ?? 0) > 0).toBe(sealed);
      expect(log.messages).toEqual([]);
    },
  );

  type Forge = (lines: string[]) => string[];
  const at = (lines: readonly string[], text: string): number =>
    lines.findIndex((line) => line.includes(text));
  const without =
    (text: string): Forge =>
    (lines) =>
      lines.filter((line) => !line.includes(text));
  const replaced =
    (text: string, by: string): Forge =>
    (lines) =>
      lines.map((line) => line.replace(text, by));
  const checkpointsIn = (lines: readonly string[]): string[] =>
    lines.filter((line) => line.includes('"msg":"checkpoint"'));

  it.each<{ name: string; forge: Forge; told: RegExp }>([
    {
      name: "a changed line",
      forge: replaced("/bin/true 1500 ", "/bin/trux 1500 "),
      told: /\(events 1001 to 2000\): lines were changed/,
    },
    {
      name: "a missing line",
      forge: without("/bin/true 1500 "),
      told: /\(events 1001 to 2000\): 1 of 1000 lines are missing/,
    },
    {
      name: "an added line",
      forge: (lines) => lines.toSpliced(700, 0, eventLine(700)),
      told: /\(events 1 to 1000\): 1 lines were added/,
    },
    {
      name: "two lines in another order",
      forge: (lines) => [...lines.slice(0, 50), lines[51] ?? "", lines[50] ?? "", ...lines.slice(52)],
      told: /lines were changed or put in another order/,
    },
    {
      name: "a checkpoint taken away",
      forge: (lines) => lines.filter((line) => line !== checkpointsIn(lines)[1]),
      told: /1 checkpoints are missing with their lines, after event 0/,
    },
    {
      name: "all lines of a checkpoint taken away with it",
      forge: (lines) => [...lines.slice(0, 1), ...lines.slice(1_002)],
      told: /1 checkpoints are missing with their lines/,
    },
    {
      name: "a checkpoint that counts otherwise",
      forge: replaced('"lines":1000', '"lines":1001'),
      told: /1 of 1001 lines are missing/,
    },
    {
      name: "a checkpoint that is none any more",
      forge: replaced('"number":1,"kind":"lines"', '"number":1,"kind":"other"'),
      told: /is a checkpoint that was changed/,
    },
    {
      name: "lines after the end of a run",
      forge: (lines) => lines.toSpliced(at(lines, '"kind":"end"') + 1, 0, eventLine(2_520)),
      told: /were added: they come after the end of their run/,
    },
    {
      name: "the cut tail of an earlier run",
      forge: (lines) => {
        const end = at(lines, '"kind":"end"');
        return [...lines.slice(0, end - 20), ...lines.slice(end + 1)];
      },
      told: /the end of run 00000001 is missing, until event 2520/,
    },
    {
      name: "a run taken out",
      forge: (lines) => {
        const end = at(lines, '"kind":"end"');
        const third = lines.findIndex((line) => line.includes('"run":"00000003'));
        return [...lines.slice(0, end + 1), ...lines.slice(third)];
      },
      told: /the run 00000002 is missing/,
    },
    {
      name: "the first run without its beginning",
      forge: (lines) => {
        const second = lines.findIndex((line) => line.includes('"run":"00000002'));
        return [...lines.slice(0, second), ...lines.slice(second + 1)];
      },
      told: /the beginning of its run is missing/,
    },
    {
      name: "a part that stands there twice",
      forge: (lines) => [...lines.slice(0, 1_002), ...lines.slice(1, 1_002), ...lines.slice(1_002)],
      told: /stands here a second time/,
    },
  ])("$name is found without a key", async ({ forge, told }) => {
    await writeRuns();
    const forged = forge(log.lines);
    expect(forged.join("")).not.toBe(log.text);
    expect(problemsOf(verify(forged.join(""))).join("\n")).toMatch(told);
  });

  it("that was written anew is found by the seals, and only by them", async () => {
    log.seal();
    log.begin();
    log.write(10);
    await log.end();
    const { firstKey } = log;
    const anew = new ChainedLog();
    try {
      anew.seal();
      anew.begin();
      anew.write(9);
      await anew.end();
      expect(problemsOf(verify(anew.text))).toEqual([]);
      expect(problemsOf(verify(anew.text, { firstKey })).join("\n")).toMatch(/seal 0 is not genuine/);
      expect(problemsOf(verify(anew.text, { state: state() })).join("\n")).toMatch(/is not in this log/);
    } finally {
      anew.remove();
    }
  });

  it("that began before there was a key is covered by the first seal, and not to be written anew without", async () => {
    log.begin();
    log.write(10);
    await log.end();
    const { length } = log.text;
    log.seal();
    const unsealed = log.text.slice(0, length);
    expect(problemsOf(verify(unsealed, { firstKey: log.firstKey })).join("\n")).toMatch(
      /nothing in this log is sealed/,
    );
    log.begin();
    log.write(10);
    await log.end();
    expect(problemsOf(verify(log.text, { firstKey: log.firstKey }))).toEqual([]);
    const forged = log.text.replace("/bin/true 5 ", "/bin/trux 5 ");
    expect(problemsOf(verify(forged, { firstKey: log.firstKey }))).toHaveLength(1);
    log.begin();
    log.write(10);
    await log.end();
    // Without the runs in which sealing began, what is not sealed can't be from before.
    const sealedOnly = log.lines.slice(log.lines.findLastIndex((line) => line.includes('"kind":"begin"')));
    const verdict = verify(unsealed + sealedOnly.join(""), { firstKey: log.firstKey });
    expect(problemsOf(verdict).join("\n")).toMatch(/runs before it are not sealed/);
  });

  it("whose end was cut is found by what the state directory knows, and by a head that was noted", async () => {
    log.seal();
    log.begin();
    log.write(10);
    await log.pass(11_000);
    const copy = log.text;
    const [before] = verify(copy).logs;
    log.write(10);
    await log.end();
    const [now] = verify(log.text).logs;
    expect(problemsOf(verify(copy, { firstKey: log.firstKey }))).toEqual([]);
    expect(problemsOf(verify(copy, { state: state() })).join("\n")).toMatch(/an older copy put back/);
    if (before?.head === undefined || now?.head === undefined) throw new Error("there is no head");
    expect(problemsOf(verify(copy, { heads: [now.head] }))).toEqual([
      expect.stringMatching(/^the head 20 is not/),
    ]);
    expect(problemsOf(verify(log.text, { heads: [before.head, now.head] }))).toEqual([]);
  });

  it("whose seals miss one is found, whoever wrote its chain anew", async () => {
    log.seal();
    await writeRuns();
    const sealed = checkpointsIn(log.lines).filter((line) => line.includes('"seal":"'));
    const second = sealed[1] ?? "";
    const seal = /,"seal":"[0-9a-f]{64}"/.exec(second)?.[0] ?? "";
    const problems = problemsOf(verify(log.text.replace(seal, "")));
    expect(problems.join("\n")).toMatch(/its seal was taken away/);
  });

  it("whose head was rotated away is checked from the first checkpoint on, and that is said", async () => {
    await writeRuns();
    const verdict = verify(log.lines.slice(500).join(""));
    expect(problemsOf(verdict)).toEqual([]);
    expect(notesOf(verdict)[0]).toMatch(
      /begins in the middle of run 00000001: 501 lines from line 1 on can't/,
    );
    const forged = log.lines.slice(500).join("").replace("/bin/true 1500 ", "/bin/trux 1500 ");
    expect(problemsOf(verify(forged))).toHaveLength(1);
  });

  it("of runs that were killed before anything of them was noted is confirmed as far as it can be", async () => {
    log.seal();
    log.begin();
    log.write(3);
    await log.end();
    for (let run = 0; run < 3; run++) {
      log.begin();
      log.write(3);
      log.kill();
    }
    log.begin();
    await log.end();
    const verdict = verify(log.text, { firstKey: log.firstKey, state: state() });
    expect(problemsOf(verdict)).toEqual([]);
    const kills = notesOf(verdict).filter((note) => note.includes("killed in its first moments"));
    expect(kills).toHaveLength(3);
  });

  it("of a service without a state directory has a chain by run", async () => {
    log.begin({ withState: false });
    log.write(3);
    await log.end();
    expect(problemsOf(verify(log.text))).toEqual([]);
  });

  it.each<{ name: string; carry: (line: string, index: number) => string }>([
    { name: "kubectl's times", carry: (line) => `2026-02-28T20:29:38.038452202Z ${line}` },
    {
      name: "kubectl's names and times",
      carry: (line) => `[pod/tracer-x/tracer] 2026-02-28T20:29:38Z ${line}`,
    },
    { name: "a runtime's file", carry: (line) => `2026-02-28T20:29:38.038452202+01:00 stdout F ${line}` },
    {
      name: "a runtime's file with split lines",
      carry: (line) =>
        `2026-02-28T20:29:38Z stdout P ${line.slice(0, 90)}\n2026-02-28T20:29:38Z stdout F ${line.slice(90)}`,
    },
    {
      name: "a runtime's file in which the parts of both streams take turns",
      carry: (line) =>
        [
          "stdout P " + line.slice(0, 90),
          "stderr P the service's own",
          "stdout F " + line.slice(90, -1),
          "stderr F message",
        ]
          .map((text) => `2026-02-28T20:29:38Z ${text}\n`)
          .join(""),
    },
    {
      name: "Docker's JSON",
      carry: (line) => `${JSON.stringify({ log: line, stream: "stdout", time: "2026-02-28T20:29:38Z" })}\n`,
    },
    {
      name: "the service's own messages between",
      carry: (line) => `{"level":"info","time":"2026-02-28T20:29:38Z","msg":"exec"}\n${line}`,
    },
  ])("is the same with $name around it", async ({ carry }) => {
    log.seal();
    await writeRuns();
    const verdict = verify(log.lines.map(carry).join(""), { firstKey: log.firstKey, state: state() });
    expect(problemsOf(verdict)).toEqual([]);
    expect(verdict.logs).toHaveLength(1);
    expect(verdict.logs[0]?.coveredLines).toBe(2_595);
    const forged = log.lines.map((line, index) => carry(line.replace(" 1500 ", " 1501 "), index)).join("");
    expect(problemsOf(verify(forged))).toHaveLength(1);
  });

  it("of several nodes is checked node by node", async () => {
    const other = new ChainedLog();
    try {
      log.begin();
      log.write(3);
      other.begin({ node: 'node "two"' });
      await log.end();
      await other.end();
      const [mine, theirs] = [log.lines, other.lines];
      const mixed = mine.flatMap((line, index) => [line, theirs[index] ?? ""]).join("");
      const verdict = verify(mixed);
      expect(problemsOf(verdict)).toEqual([]);
      expect(verdict.logs.map(({ node, coveredLines }) => [node, coveredLines])).toEqual([
        ['"node-1"', 3],
        [String.raw`"node \"two\""`, 0],
      ]);
    } finally {
      other.remove();
    }
  });

  it("tells of a line that a crash cut", async () => {
    log.begin();
    log.write(3);
    log.kill();
    const cut = `${log.text.slice(0, -20)}\n`;
    const earlier = cut;
    log.begin();
    log.write(1);
    await log.end();
    const second = log.lines.slice(log.lines.findIndex((line) => line.includes('"run":"00000002'))).join("");
    const verdict = verify(earlier + second);
    expect(problemsOf(verdict).filter((problem) => !problem.includes("does not extend"))).toEqual([]);
    expect(notesOf(verdict)[0]).toMatch(/^line 4 is not whole/);
  });

  it("is not sealed while a seal is on its way to a reader that takes nothing, and its key stays", async () => {
    log.seal();
    log.stuck = true;
    log.begin();
    log.stuck = true;
    log.write(5);
    await log.pass(30_000);
    const ended = log.end();
    await log.pass(30_000);
    await ended;
    expect(checkpointsIn(log.lines).filter((line) => line.includes('"seal":"'))).toHaveLength(1);
    expect(state().keyEpoch).toBe(0);
    expect(problemsOf(verify(log.text, { firstKey: log.firstKey, state: state() }))).toEqual([]);
  });
});
