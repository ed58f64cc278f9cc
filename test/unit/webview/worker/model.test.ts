import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { execLine, exitLine, lostLine } from "../../../webview/support/lines.ts";
import { ModelDriver } from "./support/modelDriver.ts";
import { at, driven, PICTURE, STORY } from "./support/modelStory.ts";

describe("the tree of execs", () => {
  it("puts further execs of a process below the earlier one, whose children stay with it", () => {
    const driver = driven(...STORY);
    expect(driver.picture).toEqual(PICTURE);
    expect(driver.exec("sh -c cc")).toMatchObject({ running: false, durationMs: 1_000, exitCode: undefined });
    expect(driver.exec("cc")).toMatchObject({ failed: true, exitCode: 1, durationMs: 500, running: false });
    expect(driver.exec("ld")).toMatchObject({ failed: true, signalName: "SIGKILL", exitCode: undefined });
    expect(driver.exec("bash")).toMatchObject({ running: true, durationMs: undefined });
    expect(driver.latest("rows").counts).toMatchObject({ total: 6, failed: 2, running: 2, lost: 37 });
  });

  it("tells how a process ended, with the exec that it was last", () => {
    const driver = new ModelDriver();
    const killed = { signal: 6, signal_name: "SIGABRT", core_dumped: true };
    driver.events(execLine({ id: "30.6.1", argv: ["first"], atMs: at(0) }));
    driver.events(exitLine("30.6.1", at(5_000), 5_000, { exit_code: 0, late: true }));
    expect(driver.exec("first")).toMatchObject({ endedEarlier: true, coreDumped: false });
    driver.events(execLine({ id: "30.6.2", argv: ["second"], atMs: at(1_000) }));
    driver.events(execLine({ id: "31.6.1", argv: ["third"], atMs: at(2_000) }));
    driver.events(exitLine("31.6.1", at(3_000), 1_000, killed));
    expect(driver.exec("first")).toMatchObject({ endedEarlier: false });
    expect(driver.exec("second")).toMatchObject({ endedEarlier: true, running: false });
    expect(driver.exec("third")).toMatchObject({ coreDumped: true, endedEarlier: false });
  });

  it("tells each row's place among its siblings", () => {
    const places = driven(...STORY).rows.map(({ positionInSet, setSize }) => [positionInSet, setSize]);
    expect(places).toEqual([
      [1, 2],
      [1, 1],
      [1, 3],
      [1, 1],
      [2, 3],
      [3, 3],
      [2, 2],
    ]);
  });

  it("is the same in whichever order events come, and however often", () => {
    const straight = driven(...STORY);
    const facts = (driver: ModelDriver): unknown => driver.rows.map((row) => ({ ...row, id: 0 }));
    const order = fc
      .tuple(
        fc.shuffledSubarray(STORY, { minLength: STORY.length }),
        fc.array(fc.constantFrom(...STORY.slice(0, -1)), { maxLength: 8 }),
      )
      .map(([all, again]) => [...all, ...again]);
    fc.assert(
      fc.property(order, (lines) => {
        const driver = new ModelDriver();
        for (const line of lines) driver.events(line);
        // A loss without a number in the sequence can't be known again, so it comes once.
        expect(facts(driver)).toEqual(facts(straight));
        expect(driver.latest("rows").counts).toEqual(straight.latest("rows").counts);
        expect(driver.latest("timeline")).toEqual(straight.latest("timeline"));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["an exec whose earlier ones are missing", ["30.6.3"], ["tool 30.6.3"]],
    ["a pid that is used again", ["30.6.1", "30.9.1"], ["tool 30.6.1", "tool 30.9.1"]],
    ["execs 1 and 3 without 2", ["30.6.3", "30.6.1"], ["tool 30.6.1", "became tool 30.6.3"]],
    [
      "start times beyond 2^53",
      ["3.9007199254740993.1", "3.9007199254740992.1"],
      ["tool 3.9007199254740992.1", "tool 3.9007199254740993.1"],
    ],
  ])("shows %s", (_, ids, picture) => {
    const driver = driven(...ids.map((id) => execLine({ id, argv: ["tool", id] })));
    expect(driver.picture).toEqual(picture);
  });

  it("does not hang on execs that claim to be each other's parents", () => {
    const driver = driven(
      execLine({ id: "1.1.1", argv: ["a"], parent: "2.1.1" }),
      execLine({ id: "2.1.1", argv: ["b"], parent: "1.1.1" }),
      execLine({ id: "3.1.1", argv: ["c"], parent: "3.1.1" }),
    );
    expect(driver.rows).toHaveLength(3);
  });

  it("prefers what was traced over what a snapshot knows", () => {
    const traced = execLine({ id: "9.1.0", argv: ["new"] });
    const snapshot = execLine({ id: "9.1.0", argv: ["old"] }).replace('"msg":"exec"', '"msg":"process"');
    for (const lines of [
      [traced, snapshot],
      [snapshot, traced],
    ]) {
      const driver = driven(...lines);
      expect(driver.picture).toEqual(["new"]);
      expect(driver.exec("new").badges).toEqual([]);
      expect(driver.latest("rows").counts.total).toBe(1);
    }
  });

  it("groups execs without identities by user, workspace and caller", () => {
    const bare = (argv: string): string =>
      `${JSON.stringify({
        ts: "2022-02-28T20:29:38.038452202Z",
        msg: "exec",
        fields: {
          labels: { username: "jessie", workspace_name: "main" },
          cmdline: argv,
          event: {
            filename: "/usr/bin/uname",
            argv: [argv],
            truncated: false,
            pid: 1,
            uid: 2,
            gid: 2,
            comm: "bash",
          },
        },
      })}\n`;
    const driver = driven(bare("uname -a"), bare("uname -r"));
    expect(driver.picture).toEqual([
      "user jessie (2)",
      "  workspace main (2)",
      "    caller bash (2)",
      "      uname -a",
      "      uname -r",
    ]);
    expect(driver.exec("uname -a").running).toBe(false);
    expect(driver.latest("rows").counts.grouped).toBe(2);
    driver.filter("-r");
    driver.filter("nothing");
    expect(driver.picture).toEqual([]);
  });

  it("counts lines that are no events", () => {
    const driver = driven("hello\n", '{"msg":"exec"}\n', STORY[0] ?? "");
    expect(driver.latest("rows").counts).toMatchObject({ otherLines: 2, total: 1 });
  });

  it("takes a source and its events out", () => {
    const driver = driven(...STORY);
    driver.events(execLine({ id: "10.1.1", argv: ["other"] }), "file");
    expect(driver.rows).toHaveLength(8);
    driver.say({ type: "sourceRemoved", id: "node-a" });
    expect(driver.picture).toEqual(["other"]);
    expect(driver.latest("rows").counts).toMatchObject({ total: 1, failed: 0, running: 1 });
  });

  it("shows a gap of the stream as a row at its time", () => {
    const driver = driven(...STORY.slice(0, 2));
    driver.say({
      type: "gap",
      source: "node-a",
      gap: {
        type: "gap",
        reason: "slow_reader",
        firstSeq: 5,
        lastSeq: 9,
        events: 5,
        execs: 3,
        firstTs: new Date(at(-5)).toISOString(),
        lastTs: new Date(at(-4)).toISOString(),
      },
    });
    expect(driver.picture).toEqual(["5 event lost", "bash", "  make"]);
  });

  it("tells what was lost just now from what a log or the history tells of", () => {
    const driver = driven(...STORY);
    expect(driver.latest("rows").counts).toMatchObject({ lost: 37, lostLately: 0 });
    driver.events(lostLine(5, driver.nowMs - 2_000));
    expect(driver.latest("rows").counts).toMatchObject({ lost: 42, lostLately: 5 });
  });
});

describe("folding", () => {
  const ccs = Array.from({ length: 4 }, (_, index) =>
    execLine({
      id: `${String(100 + index)}.1.1`,
      argv: ["cc", String(index)],
      parent: "20.5.1",
      atMs: at(2 + index),
    }),
  );
  const make = execLine({ id: "20.5.1", argv: ["make"], atMs: at(0) });

  it("puts siblings of one program in a row that opens and counts", () => {
    const driver = driven(make, ...ccs, exitLine("100.1.1", at(3), 800, { exit_code: 2 }));
    expect(driver.picture).toEqual(["make", "  cc ×4"]);
    const fold = driver.rows[1];
    expect(fold).toMatchObject({ type: "fold", failed: 1, running: 3, meanDurationMs: 800, expanded: false });
    driver.say({ type: "expand", row: fold?.id ?? 0, expanded: true });
    expect(driver.picture).toEqual(["make", "  cc ×4", "    cc 0", "    cc 1", "    cc 2", "    cc 3"]);
    driver.say({ type: "options", foldRepeats: false, eventsKept: 100 });
    expect(driver.picture).toEqual(["make", "  cc 0", "  cc 1", "  cc 2", "  cc 3"]);
  });

  it("never hides what has children, other users or a badge that alarms", () => {
    const deleted = execLine({
      id: "7.1.1",
      argv: ["cc", "evil"],
      parent: "20.5.1",
      atMs: at(1),
      extra: { image: "deleted" },
    });
    const child = execLine({ id: "8.1.1", argv: ["as"], parent: "100.1.1", atMs: at(9) });
    const other = execLine({
      id: "9.1.1",
      argv: ["cc", "zac"],
      parent: "20.5.1",
      atMs: at(9),
      username: "zac",
    });
    const driver = driven(make, ...ccs, deleted, child, other);
    expect(driver.picture).toEqual(["make", "  cc evil", "  cc 0", "    as", "  cc ×3", "  cc zac"]);
  });

  it("finds a row that is folded or below a closed one", () => {
    const driver = driven(make, ...ccs);
    driver.say({ type: "expandAll", row: undefined, expanded: true });
    const { id } = driver.exec("cc 2");
    driver.say({ type: "expandAll", row: undefined, expanded: false });
    expect(driver.picture).toEqual(["make"]);
    driver.say({ type: "reveal", row: id });
    expect(driver.latest("place")).toEqual({ type: "place", row: id, index: 4 });
    expect(driver.exec("cc 2").id).toBe(id);
  });
});
