import type { ScopeControl } from "../../../../tracer-service/identity/identityProvider.ts";

/** The kernel's scope, in memory. */
export class FakeScope implements ScopeControl {
  readonly verdicts = new Map<bigint, number>();
  readonly paths = new Map<string, { owner: number; prefix: number }>();

  setCgroupVerdict(cgroupKey: bigint, owner: number): void {
    this.verdicts.set(cgroupKey, owner);
  }

  clearCgroupVerdict(cgroupKey: bigint): void {
    this.verdicts.delete(cgroupKey);
  }

  setPathVerdict(path: string, owner: number, prefix: number): void {
    this.paths.set(path, { owner, prefix });
  }
}
