import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../../../../../extension/cluster/api/apiError.ts";
import { asText, asObject, type Json } from "../../../../../extension/cluster/api/json.ts";
import { type ResourceChange, ResourceWatch } from "../../../../../extension/cluster/api/resourceWatch.ts";
import { FakeClock } from "../../fakeClock.ts";
import { FakeApiServer, turn } from "../fakeApiServer.ts";

const PATH = "/api/v1/things";

function thing(uid: string, version: string, more: Json = {}): Json {
  return { metadata: { uid, resourceVersion: version }, ...more };
}

function event(type: string, object: Json): string {
  return `${JSON.stringify({ type, object })}\n`;
}

describe("ResourceWatch", () => {
  let api: FakeApiServer;
  let clock: FakeClock;
  let watch: ResourceWatch<string> | undefined;
  let changes: ResourceChange<string>[];

  function open(): ResourceWatch<string> {
    watch = new ResourceWatch<string>({
      api,
      path: PATH,
      wanted: true,
      parse: (object) => (object["dull"] === true ? undefined : asText(asObject(object["metadata"])["uid"])),
      clock,
      onChange: (change) => changes.push(change),
      onState: () => undefined,
    });
    return watch;
  }

  beforeEach(() => {
    api = new FakeApiServer();
    clock = new FakeClock();
    changes = [];
    api.answer(`GET ${PATH}`, () => ({ metadata: { resourceVersion: "7" }, items: [thing("a", "5")] }));
  });

  afterEach(() => watch?.dispose());

  it("lists what the API server has in memory, then watches from where the list was", async () => {
    api.answer(`GET ${PATH}`, () => ({
      metadata: { resourceVersion: "7" },
      items: [thing("a", "5"), thing("x", "5", { dull: true }), thing("b", "6")],
    }));
    open();
    await turn();
    expect(changes).toEqual([{ all: true, changed: ["a", "b"], removed: [] }]);
    expect(watch?.state).toEqual({ type: "connected" });
    expect(watch?.listed).toBe(true);
    expect(api.requests.map(({ query }) => query?.["resourceVersion"])).toEqual(["0", "7"]);
    expect(api.requests.at(-1)?.query).toMatchObject({ watch: "true", allowWatchBookmarks: "true" });
  });

  it("tells what changes and what goes, together what came together", async () => {
    open();
    await turn();
    api.last.write(event("ADDED", thing("b", "8")) + event("DELETED", thing("a", "9")));
    await turn();
    api.last.write(event("MODIFIED", thing("b", "10", { dull: true })));
    await turn();
    expect(changes.slice(1)).toEqual([
      { all: false, changed: ["b"], removed: ["a"] },
      { all: false, changed: [], removed: ["b"] },
    ]);
  });

  it("goes on after the last event or bookmark when the server ends the watch", async () => {
    open();
    await turn();
    api.last.write(event("BOOKMARK", thing("", "41")));
    await turn();
    clock.advance(5_000);
    api.last.end();
    await turn();
    expect(api.streams).toHaveLength(2);
    expect(api.requests.at(-1)?.query?.["resourceVersion"]).toBe("41");
    expect(changes).toHaveLength(1);
  });

  it("waits when the server ends a watch at once", async () => {
    open();
    await turn();
    api.last.end();
    await turn();
    expect(api.streams).toHaveLength(1);
    expect(watch?.state).toMatchObject({
      type: "disconnected",
      why: expect.stringContaining("at once") as string,
    });
    clock.advance(60_000);
    await turn();
    expect(api.streams).toHaveLength(2);
  });

  it("lists anew when its place is too old, and keeps what it knew until then", async () => {
    open();
    await turn();
    api.answer(`GET ${PATH}`, () => ({ metadata: { resourceVersion: "90" }, items: [thing("c", "88")] }));
    api.last.write(
      event("ADDED", thing("b", "8")) + event("ERROR", { code: 410, message: "too old resource version" }),
    );
    await turn();
    expect(changes.at(-1)).toEqual({ all: false, changed: ["b"], removed: [] });
    clock.advance(60_000);
    await turn();
    expect(changes.at(-1)).toEqual({ all: true, changed: ["c"], removed: [] });
    expect(api.requests.at(-2)?.query).toEqual({});
    expect(api.requests.at(-1)?.query?.["resourceVersion"]).toBe("90");
  });

  it("says why it was refused, and tries again", async () => {
    api.answer(`GET ${PATH}`, () => {
      throw new ApiError(() => "the API server says: things is forbidden", 403);
    });
    open();
    await turn();
    expect(watch?.state).toMatchObject({
      type: "disconnected",
      why: "the API server says: things is forbidden",
    });
    expect(watch?.refusedWith).toBe(403);
    api.answer(`GET ${PATH}`, () => ({ metadata: { resourceVersion: "1" }, items: [] }));
    watch?.retry();
    await turn();
    expect(watch?.state).toEqual({ type: "connected" });
    expect(watch?.refusedWith).toBe(0);
  });

  it("asks for nothing more once it is disposed of", async () => {
    open();
    await turn();
    watch?.dispose();
    await turn();
    clock.advance(600_000);
    await turn();
    expect(api.streams).toHaveLength(1);
  });
});
