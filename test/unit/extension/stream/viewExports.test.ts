import { describe, expect, it } from "vitest";
import { ViewExports } from "../../../../extension/stream/viewExports.ts";
import type { HostMessage } from "../../../../protocol/webviewMessages.ts";

function open() {
  const posted: HostMessage[] = [];
  const exports = new ViewExports((message) => posted.push(message));
  const cancel = new AbortController();
  const start = (scope: "shown" | "everything") => exports.start(scope, cancel.signal);
  return { posted, exports, start, cancel };
}

const part = (id: number, events: number, done: boolean) => ({
  type: "exported" as const,
  id,
  lines: `{"seq":${String(events)}}\n`,
  events,
  totalEvents: 3,
  done,
});

describe("ViewExports", () => {
  it("asks for a part only when the one before has been taken, and ends with the last", async () => {
    const { posted, exports, start } = open();
    const parts = start("shown");
    const first = parts.next();
    expect(posted).toEqual([{ type: "export", id: 1, scope: "shown" }]);
    exports.receive(part(1, 1, false));
    expect(await first).toEqual({ done: false, value: { lines: '{"seq":1}\n', events: 1, totalEvents: 3 } });
    expect(posted).toHaveLength(1);
    const second = parts.next();
    await Promise.resolve();
    expect(posted.slice(1)).toEqual([{ type: "exportNext", id: 1 }]);
    exports.receive(part(1, 3, true));
    expect(await second).toMatchObject({ done: false, value: { events: 3 } });
    expect(await parts.next()).toEqual({ done: true, value: undefined });
    expect(posted).toHaveLength(2);
  });

  it("cancels in the view when the reader ends early", async () => {
    const { posted, exports, start } = open();
    const parts = start("everything");
    const first = parts.next();
    exports.receive(part(1, 1, false));
    await first;
    await parts.return(undefined);
    expect(posted.at(-1)).toEqual({ type: "exportCancel", id: 1 });
  });

  it("is cancelled at once, also while the page is not ready to answer", async () => {
    const { posted, start, cancel } = open();
    const first = start("everything").next();
    cancel.abort();
    await expect(first).rejects.toThrow("cancelled");
    expect(posted.map(({ type }) => type)).toEqual(["export", "exportCancel"]);
  });

  it("fails when its page is loaded anew, whoever waits for whom, and the next one does not", async () => {
    const { exports, start } = open();
    const waiting = start("shown").next();
    const reading = start("everything");
    const part1 = reading.next();
    exports.receive(part(2, 1, false));
    await part1;
    exports.abandon();
    await expect(waiting).rejects.toThrow("loaded anew");
    await expect(reading.next()).rejects.toThrow("loaded anew");
    const next = start("shown").next();
    exports.receive(part(3, 1, true));
    expect(await next).toMatchObject({ value: { events: 1 } });
  });

  it("drops parts of an export that was cancelled", async () => {
    const { exports, start } = open();
    const parts = start("shown");
    const first = parts.next();
    exports.receive(part(7, 1, true));
    exports.receive(part(1, 2, true));
    exports.receive(part(1, 3, true));
    expect(await first).toMatchObject({ value: { events: 2 } });
  });

  it("keeps two exports apart", async () => {
    const { exports, start } = open();
    const shown = start("shown").next();
    const everything = start("everything").next();
    exports.receive(part(2, 2, true));
    exports.receive(part(1, 1, true));
    expect(await shown).toMatchObject({ value: { events: 1 } });
    expect(await everything).toMatchObject({ value: { events: 2 } });
  });

  it("fails when the view is closed meanwhile, and when it is closed already", async () => {
    const { posted, exports, start } = open();
    const parts = start("shown");
    const first = parts.next();
    exports.close();
    await expect(first).rejects.toThrow("the process stream was closed");
    await expect(start("shown").next()).rejects.toThrow("the process stream was closed");
    expect(posted).toHaveLength(1);
  });
});
