import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A pipe as a container runtime gives it to a service for stdout (Node's own children get sockets), which is read
 * only when the test says so.
 */
export class Pipe {
  /** To hand to the service; the test closes its own copy with `closeWriter`. */
  readonly writeFd: number;
  #readFd: number | undefined;
  #writerOpen = true;
  #text = Buffer.alloc(0);

  constructor() {
    const directory = mkdtempSync(join(tmpdir(), "wpl-pipe-"));
    const path = join(directory, "pipe");
    try {
      execFileSync("mkfifo", [path]);
      this.#readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      this.writeFd = openSync(path, constants.O_WRONLY);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  /** Everything read so far and what the pipe holds now. */
  read(): string {
    const chunk = Buffer.alloc(1024 * 1024);
    for (;;) {
      const count = this.#readSome(chunk);
      if (count === 0) return this.#text.toString();
      this.#text = Buffer.concat([this.#text, chunk.subarray(0, count)]);
    }
  }

  closeWriter(): void {
    if (this.#writerOpen) closeSync(this.writeFd);
    this.#writerOpen = false;
  }

  closeReader(): void {
    if (this.#readFd !== undefined) closeSync(this.#readFd);
    this.#readFd = undefined;
  }

  close(): void {
    this.closeWriter();
    this.closeReader();
  }

  /** 0 when it is empty or has no writer any more. */
  #readSome(chunk: Buffer): number {
    if (this.#readFd === undefined) return 0;
    try {
      return readSync(this.#readFd, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
      throw error;
    }
  }
}
