import { describe, expect, it } from "vitest";

import { KubeError } from "../../../../tracer-service/kubernetes/kubeError.ts";
import { NodePodApi } from "../../../../tracer-service/kubernetes/podApi.ts";

const never = new AbortController().signal;

function apiOf(pages: readonly unknown[], lines: readonly unknown[] = []) {
  const asked: string[] = [];
  const rest = [...pages];
  const api = new NodePodApi(
    {
      ask: ({ path }) => {
        asked.push(path);
        const answer = rest.shift();
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      // eslint-disable-next-line @typescript-eslint/require-await -- as a watch does
      watch: async function* (path) {
        asked.push(path);
        yield* lines;
      },
    },
    "node 1",
  );
  return { api, asked };
}

describe("NodePodApi", () => {
  it("lists the node's own pods, page by page", async () => {
    const { api, asked } = apiOf([
      { metadata: { resourceVersion: "5", continue: "c/1" }, items: [{ a: 1 }, { a: 2 }] },
      { metadata: { resourceVersion: "5" }, items: [{ a: 3 }] },
    ]);
    const pods: unknown[] = [];
    expect(await api.list((pod) => pods.push(pod))).toBe("5");
    expect(pods).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(asked).toEqual([
      "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode%201&limit=50",
      "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode%201&limit=50&continue=c%2F1",
    ]);
  });

  it("asks for fewer pods at a time where as many are too long for an answer, down to one", async () => {
    const tooLong = new KubeError("too long", { tooLong: true });
    const { api, asked } = apiOf([
      { metadata: { resourceVersion: "5", continue: "c" }, items: [{ a: 1 }] },
      tooLong,
      tooLong,
      { metadata: { resourceVersion: "5" }, items: [{ a: 2 }] },
    ]);
    const pods: unknown[] = [];
    expect(await api.list((pod) => pods.push(pod))).toBe("5");
    expect(pods).toEqual([{ a: 1 }, { a: 2 }]);
    expect(asked.map((path) => path.slice(path.indexOf("limit=")))).toEqual([
      ...["limit=50", "limit=50&continue=c", "limit=13&continue=c", "limit=4&continue=c"],
    ]);
    const never = apiOf([tooLong, tooLong, tooLong, tooLong]);
    await expect(never.api.list(() => undefined)).rejects.toBe(tooLong);
    expect(never.asked).toHaveLength(4);
  });

  it("refuses a list without a version", async () => {
    await expect(apiOf([{ items: [] }]).api.list(() => undefined)).rejects.toThrow("has no version");
  });

  it("watches on from a version, with bookmarks", async () => {
    const object = (version: string) => ({ metadata: { resourceVersion: version } });
    const { api, asked } = apiOf(
      [],
      [
        { type: "ADDED", object: object("6") },
        { type: "MODIFIED", object: object("7") },
        { type: "DELETED", object: object("8") },
        { type: "BOOKMARK", object: object("9") },
      ],
    );
    const messages: string[] = [];
    for await (const { type, resourceVersion } of api.watch("5", never))
      messages.push(`${type} ${resourceVersion}`);
    expect(messages).toEqual(["changed 6", "changed 7", "deleted 8", "bookmark 9"]);
    expect(asked[0]).toContain("&resourceVersion=5&");
    expect(asked[0]).toContain("allowWatchBookmarks=true");
  });

  it.each([
    [
      "a version that is forgotten",
      { code: 410, message: "too old resource version" },
      { status: 410, retryAfterMs: undefined },
    ],
    ["throttling", { code: 429, details: { retryAfterSeconds: 3 } }, { status: 429, retryAfterMs: 3_000 }],
    ["anything", {}, { status: undefined }],
  ])("fails with %s", async (_, object, expected) => {
    const { api } = apiOf([], [{ type: "ERROR", object }]);
    await expect(api.watch("5", never).next()).rejects.toMatchObject(expected);
  });

  it.each([
    ["of no type", { object: { metadata: { resourceVersion: "1" } } }],
    ["of a type that every object has", { type: "constructor", object: {} }],
    ["without a version", { type: "ADDED", object: {} }],
    ["that is no object", "ADDED"],
  ])("fails with a message %s", async (_, line) => {
    await expect(apiOf([], [line]).api.watch("5", never).next()).rejects.toThrow();
  });
});
