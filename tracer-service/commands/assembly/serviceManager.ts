import { sendDatagram } from "../../kernel/notifySocket.ts";
import type { Diagnostics } from "../../diagnostics.ts";

/** What the service manager says of itself in the environment (sd_notify(3), sd_watchdog_enabled(3)). */
export interface ServiceManagerEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

/** What a service manager's client needs of the outside. */
export interface ServiceManagerParts {
  readonly pid: number;
  readonly send: (address: string, text: string) => void;
  /** Calls back again and again; the result ends that. */
  readonly every: (intervalMs: number, callback: () => void) => () => void;
  readonly log: Pick<Diagnostics, "warn">;
}

/**
 * Tells the manager that started this service, such as systemd, how it is; nothing where there is none. The signs of
 * life come from the thread that reads the ring, so they end when it hangs, and the manager starts the service anew.
 */
export class ServiceManager {
  readonly #address: string | undefined;
  readonly #parts: ServiceManagerParts;
  readonly #cancel: (() => void) | undefined;
  #warned = false;

  constructor(environment: ServiceManagerEnvironment, parts: ServiceManagerParts) {
    this.#parts = parts;
    this.#address = environment.NOTIFY_SOCKET === "" ? undefined : environment.NOTIFY_SOCKET;
    const intervalMs = this.#address === undefined ? undefined : signOfLifeMs(environment, parts.pid);
    if (intervalMs === undefined) return;
    this.#cancel = parts.every(intervalMs, () => {
      this.#tell("WATCHDOG=1");
    });
  }

  /** It traces, and whoever waits for it may go on. */
  ready(): void {
    this.#tell("READY=1\nSTATUS=tracing");
  }

  /** It was told to end. Signs of life go on: what is left to write may take a while. */
  stopping(): void {
    this.#tell("STOPPING=1\nSTATUS=writing what is left");
  }

  /** Ends the signs of life. */
  close(): void {
    this.#cancel?.();
  }

  /** A manager that does not hear is no reason to stop tracing; it is said once. */
  #tell(text: string): void {
    if (this.#address === undefined) return;
    try {
      this.#parts.send(this.#address, text);
    } catch (error) {
      if (!this.#warned)
        this.#parts.log.warn({ err: error }, "the service manager can't be told how this is");
      this.#warned = true;
    }
  }
}

/** The manager of this process, as its environment tells, for as long as it serves. */
export function openServiceManager(log: Pick<Diagnostics, "warn">): ServiceManager {
  return new ServiceManager(process.env, {
    pid: process.pid,
    send: sendDatagram,
    every: (intervalMs, callback) => {
      const timer = setInterval(callback, intervalMs);
      return () => {
        clearInterval(timer);
      };
    },
    log,
  });
}

/** Twice within the time that the manager allows; undefined when it expects none of this process. */
function signOfLifeMs(
  { WATCHDOG_USEC: limit, WATCHDOG_PID: pid }: ServiceManagerEnvironment,
  ownPid: number,
): number | undefined {
  const limitUs = Number(limit);
  if (!(limitUs > 0) || (pid !== undefined && Number(pid) !== ownPid)) return undefined;
  return Math.max(1, Math.trunc(limitUs / 2000));
}
