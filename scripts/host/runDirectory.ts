import { spawnSync } from "node:child_process";
import { chmodSync, lchownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The files of one run, for its time. */
export class RunDirectory {
  readonly path = mkdtempSync(join(tmpdir(), "process-logging-"));
  /** The editor's part: only its user sees what is in it. */
  readonly editor = join(this.path, "editor");
  /** For sockets, which would otherwise stay in the system's folder when their program is ended. */
  readonly sockets = join(this.editor, "run");

  constructor() {
    // Others may pass through it to the editor's part and to a socket, but see no names.
    chmodSync(this.path, 0o711);
    for (const folder of [this.editor, this.sockets]) mkdirSync(folder, { mode: 0o700 });
  }

  /** Makes the editor's part its user's. Until then nobody but us can put anything into it, from then on we don't. */
  giveEditorTo(uid: number, gid: number): void {
    for (const path of readdirSync(this.editor, { recursive: true, encoding: "utf8" })) {
      lchownSync(join(this.editor, path), uid, gid);
    }
    lchownSync(this.editor, uid, gid);
  }

  /**
   * Removes all of it. `asUser` are words that make what follows run as the editor's user: in that user's folder root
   * could be led to files elsewhere.
   */
  remove(asUser: readonly string[]): void {
    const [program = "", ...args] = [...asUser, "rm", "-rf", "--", ...childrenOf(this.editor)];
    spawnSync(program, args, { stdio: "ignore" });
    rmSync(this.path, { recursive: true, force: true });
  }
}

function childrenOf(folder: string): string[] {
  return readdirSync(folder).map((name) => join(folder, name));
}
