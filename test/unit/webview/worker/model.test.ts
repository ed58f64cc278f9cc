import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { execLine, exitLine, lostLine, START_MS } from "../../../webview/support/lines.ts";
import { ModelDriver } from "./support/modelDriver.ts";

const at = (seconds: number): number => START_MS + seconds * 1_000;

/** A shell, a make below it with two programs, and what became of one of them. */
const STORY = [
  execLine({ id: "10.1.1", argv: ["bash"], atMs: at(0) }),
  execLine({ id: "20.5.1", argv: ["make"], parent: "10.1.1", atMs: at(1) }),
  execLine({ id: "30.6.1", argv: ["sh", "-c", "cc"], parent: "20.5.1", atMs: at(2) }),
  execLine({ id: "31.6.1", argv: ["date"], parent: "30.6.1", atMs: at(2.5) }),
  execLine({ id: "30.6.2", argv: ["cc"], parent: "20.5.1", atMs: at(3) }),
  execLine({ id: "40.7.1", argv: ["ld"], parent: "20.5.1", atMs: at(4) }),
  exitLine("31.6.1", at(2.6), 90, { exit_code: 0 }),
  exitLine("30.6.2", at(3.5), 1_400, { exit_code: 1 }),
  exitLine("40.7.1", at(5), 990, { signal: 9, signal_name: "SIGKILL" }),
  lostLine(37, at(6)),
];
const PICTURE = ["bash", "  make", "    sh -c cc", "      date", "    became cc", "    ld", "37 exec lost"];

function driven(...lines: readonly string[]): ModelDriver {
  const driver = new ModelDriver();
  driver.events(lines.join(""));
  return driver;
}

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

describe("filtering", () => {
  it("keeps the ancestors of a match, dimmed", () => {
    const driver = driven(...STORY);
    driver.filter("date");
    expect(driver.picture).toEqual([
      "bash (context)",
      "  make (context)",
      "    sh -c cc (context)",
      "      date",
      "37 exec lost",
    ]);
    expect(driver.latest("rows").counts).toMatchObject({ total: 6, shown: 1 });
    expect(driver.latest("timeline").timeline.succeeded).toEqual(Float64Array.of(1, 0, 0, 0, 0));
  });

  it.each([
    ["words", { expression: "ld" }, ["ld", "37 exec lost"]],
    ["an exit code", { expression: "exit:1" }, ["became cc", "37 exec lost"]],
    ["a user that lost nothing", { expression: "user:zac" }, []],
    ["a user", { usernames: ["zac"] }, []],
    ["a workspace of a user", { workspaces: [{ username: "zac", workspaceName: "main" }] }, []],
    [
      "a workspace",
      { workspaces: [{ username: undefined, workspaceName: "main" }] },
      PICTURE.map((row) => row.trim()),
    ],
  ])("matches by %s", (_, change, shown) => {
    const driver = driven(...STORY);
    driver.filter("", { filter: { usernames: [], workspaces: [], expression: "", ...change } });
    const matching = driver.picture.filter((row) => !row.endsWith("(context)")).map((row) => row.trim());
    expect(matching).toEqual(shown);
  });

  it("combines a range, hidden programs and a subtree", () => {
    const driver = driven(...STORY);
    const subtree = driver.exec("make").id;
    driver.filter("", { subtree, hidden: ["ld"], range: [at(2), at(3)] });
    expect(driver.picture).toEqual(["make (context)", "  sh -c cc", "    date"]);
    expect(driver.rows[0]?.level).toBe(1);
  });

  it("follows what changes afterwards", () => {
    const driver = driven(...STORY.slice(0, 2));
    driver.filter("is:running");
    driver.events(STORY[5] ?? "");
    expect(driver.picture).toEqual(["bash", "  make", "    ld"]);
    driver.events(STORY[8] ?? "");
    expect(driver.picture).toEqual(["bash", "  make"]);
    driver.filter("exit:SIGKILL");
    expect(driver.picture).toEqual(["bash (context)", "  make (context)", "    ld"]);
  });

  it("matches by time that passes", () => {
    const driver = driven(...STORY.slice(0, 2));
    driver.nowMs = at(60);
    driver.filter("since:1m");
    driver.nowMs = at(60.5);
    driver.pass(2_000);
    expect(driver.picture).toEqual([]);
  });

  it("says what is wrong with an expression, which changes nothing", () => {
    const driver = driven(...STORY);
    driver.filter("date");
    driver.filter("bad:x");
    expect(driver.latest("filtered").error).toMatchObject({ at: 0, length: 4 });
    expect(driver.picture).toHaveLength(5);
  });

  it("agrees with a filter that is applied to everything again", () => {
    const words = fc.constantFrom("cc", "date", "is:running", "exit:!0", "-sh", "is:failed");
    fc.assert(
      fc.property(fc.shuffledSubarray(STORY, { minLength: STORY.length }), words, (lines, word) => {
        const driver = new ModelDriver();
        driver.filter(word);
        for (const line of lines) driver.events(line);
        const grown = driver.picture;
        driver.filter("");
        driver.filter(word);
        expect(driver.picture).toEqual(grown);
      }),
      { numRuns: 40 },
    );
  });
});

describe("showing", () => {
  it("pauses what is shown while it collects", () => {
    const driver = driven(...STORY.slice(0, 6));
    const before = driver.rows;
    driver.say({ type: "pause", paused: true });
    driver.events([...STORY.slice(6), execLine({ id: "30.6.3", argv: ["as"], atMs: at(7) })].join(""));
    expect(driver.rows).toEqual(before);
    expect(driver.latest("rows").counts).toMatchObject({ total: 6, waiting: 5 });
    driver.say({ type: "pause", paused: false });
    expect(driver.picture).toHaveLength(8);
    expect(driver.latest("rows").counts).toMatchObject({ total: 7, waiting: 0, failed: 2 });
  });

  it("says nothing while hidden, and all when shown again", () => {
    const driver = driven(...STORY);
    driver.say({ type: "visible", visible: false });
    const { length } = driver.messages;
    driver.events(execLine({ id: "99.1.1", argv: ["late"], atMs: at(9) }));
    expect(driver.messages.slice(length).map(({ type }) => type)).toEqual(["consumed"]);
    driver.say({ type: "visible", visible: true });
    expect(driver.exec("late").level).toBe(1);
  });

  it("moves the window with its anchor when rows come above it", () => {
    const roots = (from: number): string =>
      Array.from({ length: 50 }, (_, index) =>
        execLine({
          id: `${String(from + index)}.1.1`,
          argv: [`t${String(from + index)}`],
          atMs: at(from + index),
        }),
      ).join("");
    const driver = driven(roots(100));
    const anchor = driver.exec("t125").id;
    const window = { first: 20, count: 10, anchor };
    driver.say({ type: "window", window });
    expect(driver.latest("rows")).toMatchObject({ first: 20, anchorIndex: 25, window });
    driver.events(roots(10));
    expect(driver.latest("rows")).toMatchObject({ first: 70, anchorIndex: 75, window, visibleRows: 100 });
    expect(driver.rows[5]?.id).toBe(anchor);
  });

  it("lets the oldest ended execs go when there are too many, but not those with something alive below", () => {
    const driver = new ModelDriver();
    driver.say({ type: "options", foldRepeats: false, eventsKept: 10 });
    driver.events(STORY.slice(0, 2).join(""));
    driver.events(exitLine("10.1.1", at(1), 5, { exit_code: 0 }));
    for (let index = 0; index < 30; index++) {
      const id = `${String(100 + index)}.1.1`;
      driver.events(
        execLine({ id, argv: [`t${String(index)}`], atMs: at(10 + index) }) +
          exitLine(id, at(40), 1, { exit_code: 0 }),
      );
    }
    const { counts } = driver.latest("rows");
    expect(counts.total + counts.dropped).toBe(32);
    expect(counts.total).toBeLessThanOrEqual(10);
    expect(driver.picture.slice(0, 2)).toEqual(["bash", "  make"]);
    expect(driver.picture.at(-1)).toBe("t29");
    driver.events(exitLine("20.5.1", at(50), 5, { exit_code: 0 }));
    for (let index = 30; index < 40; index++) {
      const id = `${String(100 + index)}.1.1`;
      driver.events(
        execLine({ id, argv: [`t${String(index)}`], atMs: at(60 + index) }) +
          exitLine(id, at(99), 1, { exit_code: 0 }),
      );
    }
    expect(driver.picture).not.toContain("bash");
    expect(driver.latest("rows").counts.failed).toBe(0);
  });

  it("lets go earlier when arguments are long", () => {
    const driver = new ModelDriver(50_000);
    for (let index = 0; index < 100; index++) {
      const id = `${String(100 + index)}.1.1`;
      const argv = [`t${String(index)}`, "x".repeat(1_000)];
      driver.events(
        execLine({ id, argv, atMs: at(index) }) + exitLine(id, at(index + 1), 1, { exit_code: 0 }),
      );
    }
    const { counts } = driver.latest("rows");
    expect(counts.total + counts.dropped).toBe(100);
    expect(counts.total).toBeLessThan(50);
    expect(counts.total).toBeGreaterThan(40);
  });

  it("guesses which command asked for a container", () => {
    const driver = driven(
      execLine({ id: "1.1.1", argv: ["docker", "run", "alpine"], atMs: at(0) }),
      execLine({ id: "2.1.1", argv: ["containerd-shim-runc-v2"], atMs: at(1) }),
      execLine({ id: "3.1.1", argv: ["sh"], parent: "2.1.1", atMs: at(2), extra: { nested: true } }),
      execLine({ id: "4.1.1", argv: ["runc"], atMs: at(2) }),
      execLine({ id: "5.1.1", argv: ["containerd-shim-later"], atMs: at(20) }),
      execLine({ id: "6.1.1", argv: ["containerd-shim-other"], atMs: at(1), workspace: "other" }),
    );
    const { id } = driver.exec("docker run alpine");
    expect(driver.exec("containerd-shim-runc-v2").likelyFrom).toEqual({
      row: id,
      command: "docker run alpine",
    });
    for (const command of ["sh", "runc", "containerd-shim-later", "containerd-shim-other"]) {
      expect(driver.exec(command).likelyFrom).toBeUndefined();
    }
  });
});

describe("what is known of a row", () => {
  it("is its line, its exit's line and its ancestors", async () => {
    const driver = driven(...STORY);
    driver.say({ type: "details", row: driver.exec("cc").id });
    await driver.settle();
    const { details } = driver.latest("details");
    expect(details?.json).toBe(STORY[4]?.trim());
    expect(details?.exitJson).toBe(STORY[7]?.trim());
    expect(details?.ancestors.map(({ program }) => program)).toEqual(["bash", "make"]);
  });

  it("is nothing once it is gone", async () => {
    const driver = driven(...STORY);
    const row = driver.exec("cc").id;
    driver.say({ type: "sourceRemoved", id: "node-a" });
    driver.events(STORY.join(""), "b");
    driver.say({ type: "details", row });
    await driver.settle();
    expect(driver.latest("details").details).toBeUndefined();
  });

  it("finds lines again in packed chunks", async () => {
    const lines = Array.from({ length: 2_500 }, (_, index) =>
      execLine({ id: `${String(index + 1)}.1.1`, argv: [`t${String(index)}`], atMs: at(index) }),
    );
    const driver = driven(...lines);
    await driver.settle();
    const row = driver.exec("t1234").id;
    driver.say({ type: "details", row });
    await driver.settle();
    expect(driver.latest("details").details?.json).toBe(lines[1_234]?.trim());
  });
});

describe("exporting", () => {
  it.each([
    ["everything", "", STORY.length],
    ["shown", "cc", 3],
  ] as const)("tells %s in the order of time", async (scope, expression, rest) => {
    const driver = driven(...[...STORY].reverse());
    driver.filter(expression === "" ? "" : "exit:1");
    driver.say({ type: "export", id: 7, scope });
    await driver.settle();
    const part = driver.latest("exported");
    const times = part.lines
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { ts: string }).ts);
    expect(times).toEqual([...times].sort());
    expect(part).toMatchObject({ id: 7, events: rest, totalEvents: rest, done: true });
  });

  it("comes in parts, each when it is asked for, until it is cancelled", async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) =>
      execLine({ id: `${String(index + 1)}.1.1`, argv: [`t${String(index)}`], atMs: at(index) }),
    );
    const driver = driven(...lines);
    await driver.settle();
    driver.say({ type: "export", id: 1, scope: "everything" });
    let all = "";
    for (let parts = 0; parts < 100; parts++) {
      await driver.settle();
      const { lines: part, done } = driver.latest("exported");
      all += part;
      if (done) break;
      driver.say({ type: "exportNext", id: 1 });
    }
    expect(all).toBe(lines.join(""));
    driver.say({ type: "export", id: 2, scope: "everything" });
    driver.say({ type: "exportCancel", id: 2 });
    const { length } = driver.messages;
    driver.say({ type: "exportNext", id: 2 });
    await driver.settle();
    expect(driver.messages.slice(length)).toEqual([]);
  });
});
