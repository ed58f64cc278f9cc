import { beforeEach, describe, expect, it } from "vitest";

import type { KernelExit } from "../../../../tracer-service/decode/kernelRecord.ts";
import { KernelFollower, type NamespaceScope } from "../../../../tracer-service/exectrace/kernelFollower.ts";

const OWNER = 2;

/** The kernel's side, in memory. */
class FakeNamespaces implements NamespaceScope {
  readonly followed = new Map<number, number>();
  readonly ofPod = new Set<number>();

  followNamespace(inode: number, owner: number): void {
    this.followed.set(inode, owner);
  }
  unfollowNamespace(inode: number): void {
    this.followed.delete(inode);
  }
  followsNamespace(inode: number): boolean {
    return this.followed.has(inode);
  }
  isPodNamespace(inode: number): boolean {
    return this.ofPod.has(inode);
  }
  forgetPodNamespace(inode: number): void {
    this.ofPod.delete(inode);
  }
}

const exit: KernelExit = {
  type: "exit",
  cpu: 0,
  cpuSeq: 1,
  timeNs: 0n,
  cgroupKey: 1n,
  owner: OWNER,
  via: "scope",
  id: "1.2.3",
  pid: 1,
  loginUid: undefined,
  nsLevel: 1,
  exitCode: 0,
  signal: undefined,
  coreDumped: false,
  durationNs: 1n,
  late: false,
  hasEntered: true,
  endedNamespace: undefined,
};

describe("KernelFollower", () => {
  let kernel: FakeNamespaces;
  let waits: number[];
  let onWait: () => void;
  let follower: KernelFollower;
  let ended: number[];

  beforeEach(() => {
    kernel = new FakeNamespaces();
    waits = [];
    ended = [];
    onWait = () => undefined;
    follower = new KernelFollower(kernel, OWNER, (ms) => {
      waits.push(ms);
      onWait();
      return Promise.resolve();
    });
    follower.onEnded((inode) => ended.push(inode));
  });

  it("takes a namespace in which a process of the pod was seen", async () => {
    kernel.ofPod.add(7);
    expect(await follower.holdsProcessOfThisPod(7)).toBe(true);
    expect(waits).toEqual([]);
  });

  it("waits a moment for a process to be seen", async () => {
    onWait = () => {
      if (waits.length === 3) kernel.ofPod.add(7);
    };
    expect(await follower.holdsProcessOfThisPod(7)).toBe(true);
  });

  it("refuses another namespace, after a second", async () => {
    kernel.ofPod.add(8);
    expect(await follower.holdsProcessOfThisPod(7)).toBe(false);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(1000);
  });

  it("follows and unfollows in the kernel, and forgets what it has seen of the number", () => {
    kernel.ofPod.add(7);
    follower.follow(7);
    expect([...kernel.followed]).toEqual([[7, OWNER]]);
    follower.unfollow(7);
    expect([...kernel.followed]).toEqual([]);
    expect(kernel.isPodNamespace(7)).toBe(false);
  });

  it("tells when the first process of a followed namespace has ended", () => {
    follower.follow(7);
    kernel.unfollowNamespace(7);
    follower.see({ ...exit, endedNamespace: 7 });
    expect(ended).toEqual([7]);
  });

  it("finds an end that no record tells of, and tells it once", () => {
    follower.follow(7);
    follower.look();
    expect(ended).toEqual([]);
    kernel.unfollowNamespace(7);
    follower.look();
    follower.look();
    expect(ended).toEqual([7]);
  });

  it("does not take the late record of an earlier namespace with the same number for the end", () => {
    follower.follow(7);
    follower.see({ ...exit, endedNamespace: 7 });
    expect(ended).toEqual([]);
  });

  it.each<[string, KernelExit]>([
    ["another process of it", exit],
    ["the first process of another namespace", { ...exit, endedNamespace: 8 }],
  ])("does not take for the end: %s", (_name, record) => {
    follower.follow(7);
    follower.see(record);
    expect(ended).toEqual([]);
  });

  it("tells no end of a namespace that is not followed any more", () => {
    follower.follow(7);
    follower.unfollow(7);
    follower.see({ ...exit, endedNamespace: 7 });
    follower.see({ type: "cgroupRemoved", cpu: 0, cpuSeq: 1, timeNs: 0n, cgroupKey: 1n, owner: OWNER });
    expect(ended).toEqual([]);
  });
});
