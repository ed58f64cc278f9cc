import { until } from "../../service/support/until.ts";
import { parseLog, type LogLine } from "../../service/support/logLine.ts";
import type { Container } from "./container.ts";
import type { Pod } from "./pod.ts";
import { serviceBinds, serviceCommand } from "./rootFileSystem.ts";

/** The service as a container of a pod: it has its own PID and cgroup namespaces, and knows neither its pid nor its path. */
export class Sidecar {
  readonly container: Container;

  constructor(pod: Pod, args: readonly string[]) {
    this.container = pod.startWithHostPrograms({
      args: [...serviceCommand, ...args],
      privileged: true,
      binds: serviceBinds,
    });
  }

  /** Starts it and resolves once it has said that it is as far as `message`. */
  static async start(pod: Pod, args: readonly string[], message: string): Promise<Sidecar> {
    const sidecar = new Sidecar(pod, args);
    await sidecar.said(message);
    return sidecar;
  }

  /** What it has logged so far. */
  get log(): LogLine[] {
    return parseLog(this.container.stdout);
  }

  async said(message: string, times = 1): Promise<void> {
    const count = (): number => this.container.stderr.split(`"msg":"${message}`).length - 1;
    await this.until(`the sidecar says "${message}"`, () => count() >= times);
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const done = (): boolean => condition() || !this.container.running;
    await until(what, done, () => this.container.stderr + this.container.stdout.slice(-1000));
    if (!condition()) throw new Error(`the sidecar ended before ${what}: ${this.container.stderr}`);
  }
}
