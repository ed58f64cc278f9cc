import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

import type { HistoryHead } from "../../protocol/stream.ts";
import { describeKernel } from "../kernel/support/describeKernel.ts";
import { ApiReader } from "./support/apiReader.ts";
import { TracedHost } from "./support/tracedHost.ts";
import type { TracerService } from "./support/tracerService.ts";
import { until } from "./support/until.ts";

describeKernel("the head of a service's history", () => {
  let host: TracedHost;
  let stateDir: string;
  let socketPath: string;
  const readers: ApiReader[] = [];

  beforeEach(() => {
    host = new TracedHost();
    stateDir = join(host.directory, "state");
    socketPath = join(host.directory, "tracer.sock");
  });

  afterEach(async () => {
    for (const { socket } of readers.splice(0)) socket.terminate();
    await host.close();
  });

  const start = (): Promise<TracerService> =>
    host.trace(["--state-dir", stateDir, "--listen", `unix:${socketPath}`, "--log", "none"]);
  const connect = async (): Promise<ApiReader> => {
    const reader = await ApiReader.open({ socketPath });
    readers.push(reader);
    return reader;
  };
  const exec = (marker: string): Promise<unknown> =>
    host.workspace("jessie", "main").run(["/bin/true", marker]);

  /** The latest head that a reader was told, once it covers that many events. */
  const headFrom = async (reader: ApiReader, seq: number): Promise<HistoryHead> => {
    let head: HistoryHead | undefined;
    await until(`the head is at ${String(seq)}`, () => {
      for (const { header } of reader.messages) {
        if (header.type === "hello" || header.type === "node") head = header.node.head ?? head;
      }
      return (head?.seq ?? -1) >= seq;
    });
    if (head === undefined) throw new Error("no head was told");
    return head;
  };
  const compare = async (reader: ApiReader, head: HistoryHead): Promise<string> => {
    const answers = (): string[] =>
      reader.messages.flatMap(({ header }) => (header.type === "head" ? [header.answer] : []));
    const before = answers().length;
    reader.socket.send(JSON.stringify({ type: "checkHead", head }));
    await until("the answer comes", () => answers().length > before);
    return answers().at(-1) ?? "";
  };

  it("is told to each reader, and a later one extends it, over a restart", async () => {
    const first = await start();
    const reader = await connect();
    expect(await headFrom(reader, 0)).toMatchObject({ seq: 0 });
    await exec("a");
    const early = await headFrom(reader, 2);
    await first.stop();
    await start();
    const again = await connect();
    expect(await headFrom(again, 2)).toEqual(early);
    await exec("b");
    const late = await headFrom(again, early.seq + 2);
    expect(late.hash).not.toBe(early.hash);
    expect([await compare(again, early), await compare(again, late)]).toEqual(["extends", "extends"]);
  });

  it.each([
    { what: "an older copy is put back", copied: true },
    { what: "it is written anew", copied: false },
  ])("is not extended when $what", async ({ copied }) => {
    const first = await start();
    const reader = await connect();
    await exec("a");
    const early = await headFrom(reader, 2);
    await first.stop();
    const copy = join(host.directory, "copy");
    cpSync(stateDir, copy, { recursive: true });
    const second = await start();
    const later = await connect();
    await exec("b");
    const late = await headFrom(later, early.seq + 2);
    await second.stop();
    rmSync(stateDir, { recursive: true });
    if (copied) cpSync(copy, stateDir, { recursive: true });
    await start();
    const last = await connect();
    for (const marker of ["c", "d", "e"]) await exec(marker);
    await headFrom(last, copied ? late.seq + 1 : late.seq);
    expect([await compare(last, early), await compare(last, late)]).toEqual([
      copied ? "extends" : "differs",
      "differs",
    ]);
  });
});
