import { describe, expect, it } from "vitest";

import { Workspace } from "../../../../tracer-service/identity/workspace.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";
import { readSnapshot, type ReadCommandLines } from "../../../../tracer-service/pipeline/snapshot.ts";
import { encodeStruct } from "../decode/fixtureRecords.ts";

const fields = {
  start_ns: 100n,
  cgroup: 1n,
  owner: 7,
  pid: 12,
  ppid: 11,
  uid: 1000,
  gid: 1001,
  login_uid: constants.NO_ID,
  comm: Buffer.from("bash\0"),
};

function encode(changed: Record<string, number | bigint | Buffer> = {}): Buffer {
  return encodeStruct("snapshot_record", { ...fields, ...changed });
}

/** Each pid shows these arguments. */
function shown(...argv: (string | Buffer)[]): ReadCommandLines {
  const line = Buffer.concat(argv.flatMap((argument) => [Buffer.from(argument), Buffer.alloc(1)]));
  return (processes, maxBytes) => new Map(processes.map(({ pid }) => [pid, line.subarray(0, maxBytes)]));
}

describe("readSnapshot", () => {
  const workspace = new Workspace({ username: "jessie" }, "static");

  it("reads processes that run already, with their arguments from /proc", () => {
    const parent = encodeStruct("exec_ref", { start_ns: 50n, pid: 11, exec_number: 0 });
    const records = [
      encode(),
      encode({ pid: 13, lineage: constants.LINEAGE_KNOWN, parent, exec_number: 2, login_uid: 5 }),
    ];
    const running = readSnapshot(Buffer.concat(records), (processes) => {
      return new Map(
        processes.map(({ pid, startNs }) => [pid, Buffer.from(`of\0${String(pid)} ${String(startNs)}\0`)]),
      );
    });
    expect(running.map(({ as }) => as({ workspace, cgroup: "/w" }))).toEqual([
      {
        snapshot: true,
        id: "12.100.0",
        lineage: "root",
        parentId: undefined,
        pid: 12,
        ppid: 11,
        uid: 1000,
        gid: 1001,
        comm: "bash",
        argv: ["of", "12 100"],
        labels: { username: "jessie" },
        cgroup: "/w",
      },
      expect.objectContaining({
        id: "13.100.2",
        lineage: "known",
        parentId: "11.50.0",
        argv: ["of", "13 100"],
      }),
    ]);
    expect(running.map(({ whereabouts }) => whereabouts)).toEqual([
      { cgroupKey: 1n, owner: 7, loginUid: undefined, via: "scope" },
      { cgroupKey: 1n, owner: 7, loginUid: 5, via: "scope" },
    ]);
  });

  it("reads arguments at once, since the pid may be another's when it is known whose the process is", () => {
    let argument = "before";
    const [running] = readSnapshot(encode(), (...asked) => shown(argument)(...asked));
    argument = "after";
    expect(running?.as({ workspace, cgroup: "/w" }).argv).toEqual(["before"]);
  });

  it("keeps the bytes of what is not UTF-8", () => {
    const [running] = readSnapshot(encode({ comm: Buffer.from([0xff, 0]) }), shown(Buffer.from([0x80])));
    expect(running?.as({ workspace, cgroup: "/\udcff" })).toMatchObject({
      comm: "\ufffd",
      cgroup: "/\ufffd",
      raw: { argv: ["gA=="], comm: "/w==", cgroup: "L/8=" },
    });
  });

  it("keeps what nobody knows", () => {
    const [running] = readSnapshot(encode({ cgroup: 3n, pid: 14 }), shown());
    expect(running?.as({ workspace: undefined, cgroup: undefined })).toMatchObject({
      pid: 14,
      labels: {},
      argv: [],
    });
  });

  it("tells the workspace at which depth of PID namespaces it runs", () => {
    const other = new Workspace({ username: "jessie" }, "static");
    readSnapshot(encode({ ns_level: 2 }), shown())[0]?.as({ workspace: other, cgroup: "/w" });
    expect(other.isNested(2)).toBe(false);
    expect(other.isNested(3)).toBe(true);
  });

  it.each([
    { processes: 1, maxBytes: 32_768 },
    { processes: 256, maxBytes: 32_768 },
    { processes: 1024, maxBytes: 8192 },
    { processes: 65_536, maxBytes: 128 },
  ])(
    "reads at most $maxBytes bytes of arguments of each of $processes processes",
    ({ processes, maxBytes }) => {
      const asked = new Set<number>();
      const records = Buffer.concat(Array.from<Buffer>({ length: processes }).fill(encode()));
      readSnapshot(records, (_, limit) => {
        asked.add(limit);
        return new Map();
      });
      // One more tells that there is more.
      expect([...asked]).toEqual([maxBytes + 1]);
    },
  );

  it("does not read half a record", () => {
    const records = Buffer.concat([encode(), encode()]).subarray(0, -1);
    expect(readSnapshot(records, shown())).toHaveLength(1);
  });

  it("marks where it cut arguments", () => {
    const argument = "x".repeat(40_000);
    const [running] = readSnapshot(encode(), shown("a", argument));
    expect(running?.as({ workspace, cgroup: "/w" }).argv).toEqual(["a", `${argument.slice(0, 32_766)}…`]);
  });

  it("takes secrets out of arguments", () => {
    const [running] = readSnapshot(encode(), shown("secret"), ({ argv, raw }) => ({
      argv: argv.map((argument) => argument.replace("secret", "***")),
      raw,
    }));
    expect(running?.as({ workspace, cgroup: "/w" }).argv).toEqual(["***"]);
  });
});
