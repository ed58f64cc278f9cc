import type { InitListener, InitReceiver, InitVerdict } from "./initListener.ts";
import type { NamespaceFollower } from "./namespaceFollower.ts";
import {
  firstWait,
  maxReportedRefusals,
  stepSession,
  type SessionAction,
  type SessionEvent,
  type SessionState,
} from "./sessionState.ts";

/** Time until the deadline; a constructor parameter, so that tests decide when it comes. */
export interface SessionClock {
  /** Calls back once after `delayMs`; the function returned takes the call back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The service's diagnostics. */
export interface SessionLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Begins to listen for a PID namespace; rejects with one line if it can't. */
export type OpenListener = (receiver: InitReceiver) => Promise<InitListener>;

/**
 * The drop-in's handshake: waits until the workspace's container names its PID namespace, has it followed until it
 * ends, and waits again. Runs once.
 */
export class ExectraceSession {
  readonly #follower: NamespaceFollower;
  readonly #openListener: OpenListener;
  readonly #clock: SessionClock;
  readonly #log: SessionLog;
  readonly #finished = Promise.withResolvers<"stopped" | "timed_out">();
  #state: SessionState = firstWait;
  #listener: InitListener | undefined;

  constructor(follower: NamespaceFollower, openListener: OpenListener, clock: SessionClock, log: SessionLog) {
    this.#follower = follower;
    this.#openListener = openListener;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Resolves after `stop`. Rejects with one line if it can't listen, or if no namespace was accepted for `timeoutMs`
   * from the start; with 0 it waits without limit. Later waits have no limit.
   */
  async run(timeoutMs: number): Promise<void> {
    this.#follower.onEnded((inode) => {
      this.#apply({ type: "ended", inode });
    });
    const deadline = (): void => {
      this.#apply({ type: "deadline" });
    };
    const cancelDeadline = timeoutMs > 0 ? this.#clock.after(timeoutMs, deadline) : () => undefined;
    try {
      await this.#listen();
      if ((await this.#finished.promise) === "timed_out") throw new Error(this.#timeoutMessage(timeoutMs));
    } finally {
      cancelDeadline();
      await this.#listener?.close();
    }
  }

  /** Ends `run`; follows nothing any more. */
  stop(): void {
    this.#apply({ type: "stopped" });
  }

  #apply(event: SessionEvent): void {
    const { state, actions } = stepSession(this.#state, event);
    this.#state = state;
    for (const action of actions) this.#perform(action);
  }

  #perform(action: SessionAction): void {
    switch (action.type) {
      case "report_refusal":
        this.#log.warn(
          { reason: action.reason },
          "refused a request that should name the workspace's PID namespace",
        );
        if (action.last) {
          this.#log.warn(
            { reported: maxReportedRefusals },
            "further refused requests are counted, not logged",
          );
        }
        return;
      case "report_following":
        this.#log.info(
          { pidNamespace: action.inode, refusedRequests: action.refused },
          "logging the PID namespace and all nested in it",
        );
        return;
      case "unfollow":
        this.#follower.unfollow(action.inode);
        return;
      case "listen":
        this.#log.warn(
          {},
          "the followed PID namespace has ended, as when the workspace's container restarts",
        );
        this.#listen().catch((error: unknown) => {
          this.#finished.reject(error);
        });
        return;
      case "finish":
        this.#finished.resolve(action.timedOut ? "timed_out" : "stopped");
        return;
    }
  }

  async #listen(): Promise<void> {
    // The last listener may still be sending its answer.
    await this.#listener?.closed;
    this.#listener = await this.#openListener({
      submit: (inode) => this.#submit(inode),
      refused: (reason) => {
        this.#apply({ type: "refused", reason });
      },
    });
    if (this.#state.type === "finished") {
      await this.#listener.close();
      return;
    }
    this.#log.info({ url: this.#listener.url }, "waiting for the workspace's PID namespace");
  }

  async #submit(inode: number): Promise<InitVerdict> {
    try {
      const ours = await this.#follower.holdsProcessOfThisPod(inode);
      // The wait may have ended during the look.
      if (this.#state.type !== "waiting")
        return { type: "refused", reason: "nothing is waited for any more" };
      if (!ours) {
        const reason = `the PID namespace ${String(inode)} holds no process of this pod`;
        this.#apply({ type: "refused", reason });
        return { type: "refused", reason };
      }
      this.#follower.follow(inode);
    } catch (error) {
      this.#log.error({ err: error, pidNamespace: inode }, "could not follow the PID namespace");
      return { type: "failed", reason: "the tracer could not follow the PID namespace: see its log" };
    }
    this.#apply({ type: "followed", inode });
    return { type: "accepted" };
  }

  #timeoutMessage(timeoutMs: number): string {
    return (
      `no PID namespace of this pod was sent to ${this.#listener?.url ?? "the sidecar"} within ` +
      `${String(timeoutMs / 1000)} s: let the workspace's container send it when it starts, or raise --startup-timeout`
    );
  }
}
