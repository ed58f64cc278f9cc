import { describe, expect, it } from "vitest";

import type {
  Attributed,
  IdentityProvider,
  Whereabouts,
} from "../../../../tracer-service/identity/identityProvider.ts";
import { Workspace } from "../../../../tracer-service/identity/workspace.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";
import { readProcArguments, readSnapshot } from "../../../../tracer-service/pipeline/snapshot.ts";
import { encodeStruct } from "../decode/fixtureRecords.ts";

/** Knows one workspace, by cgroup key 1; 2 is outside, others nobody knows. */
class FakeProvider implements IdentityProvider {
  readonly workspace = new Workspace({ username: "jessie" }, "static");
  readonly asked: Whereabouts[] = [];

  start(): void {
    throw new Error("not asked to");
  }
  cgroupMade(): void {
    throw new Error("not asked to");
  }
  cgroupRemoved(): void {
    throw new Error("not asked to");
  }
  resynchronise(): void {
    throw new Error("not asked to");
  }
  workspaces(): Workspace[] {
    return [this.workspace];
  }
  attribute(whereabouts: Whereabouts): Attributed | "outside" {
    this.asked.push(whereabouts);
    if (whereabouts.cgroupKey === 2n) return "outside";
    if (whereabouts.cgroupKey === 1n) return { workspace: this.workspace, cgroup: "/w" };
    return { workspace: undefined, cgroup: undefined };
  }
}

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

describe("readSnapshot", () => {
  it("reads processes that run already, with their arguments from /proc", () => {
    const provider = new FakeProvider();
    const parent = encodeStruct("exec_ref", { start_ns: 50n, pid: 11, exec_number: 0 });
    const records = [
      encode(),
      encode({ pid: 13, lineage: constants.LINEAGE_KNOWN, parent, exec_number: 2, login_uid: 5 }),
    ];
    expect(readSnapshot(Buffer.concat(records), provider, (pid) => ["of", String(pid)])).toEqual([
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
        argv: ["of", "12"],
        labels: { username: "jessie" },
        cgroup: "/w",
      },
      expect.objectContaining({ id: "13.100.2", lineage: "known", parentId: "11.50.0", argv: ["of", "13"] }),
    ]);
    expect(provider.asked).toEqual([
      { cgroupKey: 1n, owner: 7, loginUid: undefined },
      { cgroupKey: 1n, owner: 7, loginUid: 5 },
    ]);
  });

  it("leaves out what belongs to no workspace, and keeps what nobody knows", () => {
    const records = Buffer.concat([encode({ cgroup: 2n }), encode({ cgroup: 3n, pid: 14 })]);
    expect(readSnapshot(records, new FakeProvider(), () => [])).toMatchObject([
      { pid: 14, labels: {}, cgroup: undefined, argv: [] },
    ]);
  });

  it("tells the workspace at which depth of PID namespaces it runs", () => {
    const provider = new FakeProvider();
    readSnapshot(encode({ ns_level: 2 }), provider, () => []);
    expect(provider.workspace.isNested(2)).toBe(false);
    expect(provider.workspace.isNested(3)).toBe(true);
  });

  it("does not read half a record", () => {
    const records = Buffer.concat([encode(), encode()]).subarray(0, -1);
    expect(readSnapshot(records, new FakeProvider(), () => [])).toHaveLength(1);
  });
});

describe("readProcArguments", () => {
  it("reads those of a process that runs", () => {
    expect(readProcArguments(process.pid).length).toBeGreaterThan(0);
  });

  it("has none for a process that is gone", () => {
    expect(readProcArguments(0)).toEqual([]);
  });
});
