import { describe, expect, it } from "vitest";

import { FileSource } from "../../../../extension/logs/fileSource.ts";
import type { LogInput } from "../../../../extension/logs/logInput.ts";
import type { EventSink } from "../../../../extension/source/eventSource.ts";
import { bytesInput } from "./bytesInput.ts";
import { sidecarLine } from "./fixtureLines.ts";

const ALL = { usernames: [], workspaces: [] };
const LONG = "a".repeat(300_000);

/** Time that goes on by two seconds each time someone looks. */
function steppingClock(): { nowMs(): number } {
  let nowMs = 0;
  return { nowMs: () => (nowMs += 2_000) };
}

/** Keeps what it gets; takes everything at once. */
function keepingSink(): EventSink & { text: string } {
  return {
    text: "",
    events(lines) {
      this.text += Buffer.from(lines).toString();
      return Promise.resolve();
    },
    gap: () => {
      throw new Error("a file has no gaps");
    },
  };
}

async function finished(source: FileSource): Promise<void> {
  await new Promise<void>((resolve) => {
    source.onDidChangeState(() => {
      if (source.state.type !== "reading") resolve();
    });
  });
}

function failingInput(error: Error): LogInput {
  return { ...bytesInput(Buffer.alloc(0)), sizeBytes: () => Promise.reject(error) };
}

describe("FileSource", () => {
  it("reads the file when someone subscribes, and then says what was in it", async () => {
    const text = `${sidecarLine("one")}\nno event\n${sidecarLine("two")}\n`;
    const source = new FileSource(bytesInput(Buffer.from(text)), steppingClock());
    expect(source.state).toEqual({ type: "reading", readBytes: 0, totalBytes: undefined });
    const sink = keepingSink();
    source.subscribe(ALL, sink);
    await finished(source);
    expect(source.state).toEqual({ type: "read", events: 2, otherLines: 1 });
    expect(sink.text).toBe(`${sidecarLine("one")}\n${sidecarLine("two")}\n`);
  });

  it("sends everything, whatever the filter, since the view filters", async () => {
    const source = new FileSource(bytesInput(Buffer.from(sidecarLine())), steppingClock());
    const sink = keepingSink();
    source.subscribe({ usernames: ["nobody"], workspaces: [] }, sink);
    await finished(source);
    expect(sink.text).not.toBe("");
  });

  it("tells the workspaces with their counts", async () => {
    const text = [
      sidecarLine("one"),
      sidecarLine("two"),
      sidecarLine("three").replace('"jessie"', '"alex"'),
    ].join("\n");
    const source = new FileSource(bytesInput(Buffer.from(text)), steppingClock());
    const changes: string[][] = [];
    source.onDidChangeWorkspaces(({ changed }) => {
      changes.push(changed.map(({ labels, execs }) => `${labels["username"] ?? ""}: ${String(execs)}`));
    });
    source.subscribe(ALL, keepingSink());
    await finished(source);
    expect(changes.at(-1)).toEqual(["jessie: 2", "alex: 1"]);
    expect([...source.workspaces.values()][0]).toMatchObject({
      labels: { username: "jessie", workspace_name: "main" },
      attribution: "static",
      activity: "idle",
      execs: 2,
      lastCommand: "two",
      lastExec: "2022-02-28T20:29:38.038Z",
    });
  });

  it("waits for the sink before it reads on, and tells how far it is", async () => {
    const text = `${sidecarLine(LONG)}\n`.repeat(4);
    const source = new FileSource(bytesInput(Buffer.from(text), 100_000), steppingClock());
    let took = 0;
    let waiting = 0;
    const progress: number[] = [];
    source.onDidChangeState(() => {
      if (source.state.type === "reading") progress.push(source.state.readBytes);
    });
    source.subscribe(ALL, {
      async events() {
        expect(++waiting).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        waiting--;
        took++;
      },
      gap: () => undefined,
    });
    await finished(source);
    expect(took).toBe(4);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.length).toBeGreaterThan(3);
  });

  it("stops when the subscription ends, also while the sink takes its time", async () => {
    let sent = 0;
    const source = new FileSource(
      bytesInput(Buffer.from(`${sidecarLine(LONG)}\n`.repeat(4))),
      steppingClock(),
    );
    const first = new Promise<void>((resolve) => {
      const subscription = source.subscribe(ALL, {
        events: () => {
          sent++;
          queueMicrotask(() => {
            subscription.dispose();
            resolve();
          });
          return new Promise(() => undefined);
        },
        gap: () => undefined,
      });
    });
    await first;
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBe(1);
    expect(source.state.type).toBe("reading");
  });

  it("sends nothing more when the subscription ends while the file is read", async () => {
    let sent = 0;
    let endSubscription = (): void => undefined;
    const input: LogInput = {
      ...bytesInput(Buffer.alloc(0)),
      async *read() {
        yield await Promise.resolve(Buffer.from(`${sidecarLine(LONG)}\n`));
        endSubscription();
        yield Buffer.from(`${sidecarLine(LONG)}\n`);
      },
    };
    const source = new FileSource(input, steppingClock());
    const subscription = source.subscribe(ALL, {
      events: () => {
        sent++;
        return Promise.resolve();
      },
      gap: () => undefined,
    });
    endSubscription = () => {
      subscription.dispose();
    };
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBe(1);
  });

  it("tells its progress at most once a second, and always how it ends", async () => {
    const text = `${sidecarLine(LONG)}\n`.repeat(4);
    const source = new FileSource(bytesInput(Buffer.from(text), 100_000), { nowMs: () => 1_000 });
    const states: string[] = [];
    source.onDidChangeState(() => states.push(source.state.type));
    source.subscribe(ALL, keepingSink());
    await finished(source);
    expect(states).toEqual(["reading", "read"]);
  });

  it("reads again for a second subscription, which replaces the first", async () => {
    const source = new FileSource(bytesInput(Buffer.from(sidecarLine())), steppingClock());
    const [left, right] = [keepingSink(), keepingSink()];
    source.subscribe(ALL, left);
    source.subscribe(ALL, right);
    await finished(source);
    expect([left.text, right.text]).toEqual(["", `${sidecarLine()}\n`]);
    const third = keepingSink();
    source.subscribe(ALL, third);
    await finished(source);
    expect(third.text).toBe(right.text);
    expect([...source.workspaces.values()].map(({ execs }) => execs)).toEqual([1]);
  });

  it.each([
    ["is not there", Object.assign(new Error("x"), { code: "ENOENT" }), /memory\.log.*does not exist/],
    ["is forbidden", Object.assign(new Error("x"), { code: "EACCES" }), /may not read it/],
    ["fails otherwise", new Error("the disk is on fire"), /the disk is on fire/],
  ])("says why when a file %s", async (_, error, why) => {
    const source = new FileSource(failingInput(error), steppingClock());
    source.subscribe(ALL, keepingSink());
    await finished(source);
    expect(source.state).toMatchObject({ type: "disconnected", retryMs: undefined });
    expect(source.state.type === "disconnected" && source.state.why).toMatch(why);
  });
});
