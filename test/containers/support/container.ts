import { readFileSync, readlinkSync } from "node:fs";

import { finished, type Finished } from "../../kernel/support/testCgroup.ts";
import { until } from "../../service/support/until.ts";
import type { Runc } from "./runc.ts";

/** A container that runs, or did. */
export class Container {
  readonly id: string;
  /** Resolves with what its first process left; its output is what it wrote until then. */
  readonly ended: Promise<Finished>;
  readonly #runc: Runc;
  readonly #pidFile: string;
  #stdout = "";
  #stderr = "";
  #running = true;

  constructor(runc: Runc, id: string, bundle: string) {
    this.#runc = runc;
    this.id = id;
    this.#pidFile = `${bundle}/pid`;
    const child = runc.start("run", "--bundle", bundle, "--pid-file", this.#pidFile, id);
    child.stdout?.on("data", (chunk: Buffer) => (this.#stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.ended = finished(child).finally(() => (this.#running = false));
  }

  /** Host pid of its first process; waits for it. */
  async pid(): Promise<number> {
    const read = (): number => {
      try {
        return Number(readFileSync(this.#pidFile, "utf8"));
      } catch {
        return 0;
      }
    };
    await until(`the container ${this.id} runs`, () => read() > 0 || !this.#running);
    if (read() === 0) throw new Error(`the container ${this.id} could not be started: ${this.#stderr}`);
    return read();
  }

  /** Inode number of its PID namespace. */
  async pidNamespace(): Promise<string> {
    const pid = await this.pid();
    return /\d+/.exec(readlinkSync(`/proc/${String(pid)}/ns/pid`))?.[0] ?? "";
  }

  get running(): boolean {
    return this.#running;
  }

  /** What it has written so far. */
  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until it has written this to stdout. */
  async says(text: string): Promise<void> {
    const seen = (): boolean => this.#stdout.includes(text);
    const written = (): string => this.#stdout + this.#stderr;
    await until(`the container says "${text}"`, () => seen() || !this.#running, written);
    if (!seen()) throw new Error(`the container ended before it said "${text}": ${written()}`);
  }

  /** Sends a signal, such as `TERM`, to its first process. */
  async signal(name: string): Promise<void> {
    await this.#runc.run("kill", this.id, name);
  }

  /** Runs another program in it, as `kubectl exec` does. */
  async exec(...args: string[]): Promise<Finished> {
    await this.pid();
    return await this.#runc.run("exec", this.id, ...args);
  }

  /** Ends all of it, whatever state it is in. */
  async remove(): Promise<void> {
    await this.#runc.run("delete", "--force", this.id);
    await this.ended.catch(() => undefined);
  }
}
