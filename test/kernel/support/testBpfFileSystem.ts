import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A bpffs of a test's own: what is pinned in it leaves the kernel with it. */
export class TestBpfFileSystem {
  readonly mountPoint = mkdtempSync(join(tmpdir(), "wpl-test-bpffs-"));
  /** For a service's pins; it does not exist yet. */
  readonly pinDirectory = join(this.mountPoint, "pins");

  constructor() {
    execFileSync("mount", ["-t", "bpf", "bpf", this.mountPoint]);
  }

  /** The loads of the programs that are pinned, oldest first. */
  get loads(): string[] {
    return readdirSync(this.pinDirectory).sort((a, b) => Number(a) - Number(b));
  }

  remove(): void {
    // Lazily: a service that a failed test left behind holds it until it ends.
    execFileSync("umount", ["--lazy", this.mountPoint]);
    rmdirSync(this.mountPoint);
  }
}
