import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";

import { systemClock } from "../../extension/clock.ts";
import type { ApiServer } from "../../extension/cluster/api/apiServer.ts";
import { ClusterSource } from "../../extension/cluster/clusterSource.ts";
import type { HttpsApiServer } from "../../extension/cluster/api/httpsApiServer.ts";
import type { GapMessage } from "../../protocol/stream.ts";
import { contextApi } from "./support/contextApi.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { workspaceImage } from "./support/testEnvironment.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";

/** kubelet rotates a log of more than 10 MiB; with its own prefix, this is 12. */
const LINES = 22_000;
const PADDING = "x".repeat(250);
/** In parts: kubelet looks every few seconds, and a file is left as it is when it is a little longer than it may be. */
const PART = 1_000;

/** Says `count` lines as a stock sidecar does, for each word that a file brings. */
const script = `
mkdir -p /tmp/asked
while true; do
  for file in /tmp/asked/*; do
    [ -e "$file" ] || continue
    read -r word first count < "$file"
    rm "$file"
    awk -v word="$word" -v first="$first" -v count="$count" -v padding="${PADDING}" 'BEGIN {
      for (i = first; i < first + count; i++)
        printf "{\\"ts\\":\\"2026-01-02T03:04:05Z\\",\\"level\\":\\"INFO\\",\\"msg\\":\\"exec\\",\\"fields\\":{\\"labels\\":{\\"username\\":\\"zoe\\"},\\"cmdline\\":\\"%s-%d\\",\\"event\\":{\\"filename\\":\\"/bin/x\\",\\"argv\\":[\\"%s-%d\\",\\"%s\\"],\\"truncated\\":false,\\"pid\\":7,\\"uid\\":0,\\"gid\\":0,\\"comm\\":\\"sh\\"}}}\\n", word, i, word, i, padding
    }'
  done
  sleep 0.1
done
`;

describeCluster("the log of a stock sidecar that kubelet rotates", () => {
  let own: TestNamespace;
  let api: HttpsApiServer;
  let cluster: ClusterSource | undefined;

  beforeAll(async () => {
    api = contextApi();
    own = await TestNamespace.create("rotation");
  });

  afterEach(() => cluster?.dispose());

  afterAll(async () => {
    await own.close();
  });

  const sidecar = async (name: string): Promise<void> => {
    const container = { image: workspaceImage(), imagePullPolicy: "IfNotPresent" };
    await own.apply({
      ...{ apiVersion: "v1", kind: "Pod" },
      metadata: { name, labels: { "com.coder.username": name, "com.coder.workspace.name": "main" } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          { ...container, name: "dev", command: ["sleep", "3600"] },
          { ...container, name: "exectrace", command: ["sh", "-c", script] },
        ],
      },
    });
    await own.wait("condition=Ready", `pod/${name}`);
  };

  /** Has the sidecar say lines `WORD-FIRST` and so on. */
  const say = async (pod: string, word: string, count: number, first = 0): Promise<void> => {
    const ask = `echo ${word} ${String(first)} ${String(count)} > /tmp/.ask && mv /tmp/.ask /tmp/asked/${word}-${String(first)}`;
    await own.output("exec", pod, "--container=exectrace", "--", "sh", "-c", ask);
  };

  /** What the sidecar of that pod has said, as it comes. */
  const follow = (
    name: string,
    through: ApiServer,
  ): { readonly words: string[]; readonly gaps: GapMessage[] } => {
    const words: string[] = [];
    const gaps: GapMessage[] = [];
    cluster = new ClusterSource({
      ...{ context: "test", server: "", api: through, namespaces: [own.name] },
      ...{ clock: systemClock, log: () => undefined },
    });
    cluster.subscribe(
      { usernames: [name], workspaces: [] },
      {
        events: (bytes) => {
          for (const line of Buffer.from(bytes).toString().split("\n").slice(0, -1)) {
            words.push((JSON.parse(line) as { fields: { cmdline: string } }).fields.cmdline);
          }
          return Promise.resolve();
        },
        gap: (gap) => {
          words.push("gap");
          gaps.push(gap);
        },
      },
    );
    return { words, gaps };
  };

  /** The first line that the API still has of it. */
  const firstLine = async (pod: string): Promise<string> => {
    return (await own.output("logs", pod, "--container=exectrace", "--limit-bytes=200")).slice(0, 200);
  };

  const wordsOf = (word: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${word}-${String(index)}`);

  it("shows once that lines are missing which were written and rotated away while nobody read", async () => {
    await sidecar("away");
    const cut = new CuttableLogs(api);
    const { words, gaps } = follow("away", cut);
    await say("away", "before", 20);
    await until("the first ones are read", () => words.length === 20);
    const first = await firstLine("away");
    cut.cut();
    await say("away", "lost", LINES);
    await until("the log is rotated", async () => (await firstLine("away")) !== first);
    await say("away", "after", 20);
    await until("those are in the log", async () => {
      return (await own.output("logs", "away", "--container=exectrace", "--tail=1")).includes("after-19");
    });
    cut.restore();
    await until("the last one is read", () => words.includes("after-19"));
    // What of the others is in the new file was read, too: in order, up to the last of them.
    const [before, after] = [words.slice(0, 20), words.slice(21)];
    expect(before).toEqual(wordsOf("before", 20));
    expect(words[20]).toBe("gap");
    expect(after.slice(-20)).toEqual(wordsOf("after", 20));
    const rest = after.slice(0, -20);
    expect(rest).toEqual(wordsOf("lost", LINES).slice(LINES - rest.length));
    expect(rest.length).toBeLessThan(LINES);
    expect(gaps).toMatchObject([{ reason: "rotated", events: undefined }]);
  });

  it("reads on over a rotation while it follows, with no line twice", async () => {
    await sidecar("followed");
    const { words, gaps } = follow("followed", api);
    await say("followed", "line", 1);
    await until("the first one is read", () => words.length === 1);
    const first = await firstLine("followed");
    for (let from = 1; from < LINES; from += PART) {
      await say("followed", "line", PART, from);
      await setTimeout(100);
    }
    await until("the log is rotated", async () => (await firstLine("followed")) !== first);
    await say("followed", "last", 1);
    await until("the last one is read", () => words.includes("last-0"));
    expect(new Set(words).size).toBe(words.length);
    expect(gaps).toEqual([]);
    expect(words).toEqual([...wordsOf("line", words.length - 1), "last-0"]);
    expect(words.length).toBeGreaterThanOrEqual(LINES);
  });
});

/** The real API server, from which logs can be cut off. */
class CuttableLogs implements ApiServer {
  readonly #api: ApiServer;
  readonly #open = new Set<Readable>();
  #isCut = false;

  constructor(api: ApiServer) {
    this.#api = api;
  }

  cut(): void {
    this.#isCut = true;
    for (const stream of this.#open) stream.destroy(new Error("it is cut"));
    this.#open.clear();
  }

  restore(): void {
    this.#isCut = false;
  }

  async stream(request: Parameters<ApiServer["stream"]>[0]): Promise<Readable> {
    if (!request.path.endsWith("/log")) return await this.#api.stream(request);
    if (this.#isCut) throw new Error("it is cut");
    const stream = await this.#api.stream(request);
    this.#open.add(stream);
    return stream;
  }

  call(request: Parameters<ApiServer["call"]>[0]): Promise<unknown> {
    return this.#api.call(request);
  }

  download(request: Parameters<ApiServer["download"]>[0]): Promise<Readable> {
    return this.#api.download(request);
  }

  tunnel(pod: Parameters<ApiServer["tunnel"]>[0]): ReturnType<ApiServer["tunnel"]> {
    return this.#api.tunnel(pod);
  }
}
