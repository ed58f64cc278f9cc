import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { execLine, exitLine } from "../../../webview/support/lines.ts";
import { ModelDriver } from "./support/modelDriver.ts";
import { at, driven, PICTURE, STORY } from "./support/modelStory.ts";

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
