import type { SourceState } from "../../protocol/webviewMessages.ts";
import type { Clock } from "../clock.ts";
import {
  reconnect,
  type ReconnectEvent,
  type ReconnectState,
  startConnecting,
  toSourceState,
} from "./reconnectState.ts";
import { whyText } from "../../protocol/text/shownError.ts";

/** What keeping a connection up needs of the outside. */
export interface ReconnectorOptions {
  readonly clock: Clock;
  /** Begins a try, whose end `connected` or `failed` is told. */
  readonly connect: () => void;
  /** Another state is there. */
  readonly onState?: () => void;
}

/** Tries to connect again and again, as `reconnect` says, until it is disposed of. The first try begins with `start`. */
export class Reconnector {
  readonly #options: ReconnectorOptions;
  #state: ReconnectState;
  #cancelTimer: (() => void) | undefined;
  #disposed = false;

  constructor(options: ReconnectorOptions) {
    this.#options = options;
    this.#state = startConnecting(options.clock.nowMs());
  }

  get state(): SourceState {
    return toSourceState(this.#state);
  }

  start(): void {
    this.#options.connect();
  }

  connected(): void {
    this.#apply({ type: "connected", nowMs: this.#options.clock.nowMs() });
  }

  /** The try or the connection has failed; `final`: only the user can change that. */
  failed(error: unknown, final: boolean): void {
    const { clock } = this.#options;
    const why = whyText(error);
    this.#apply({ type: "failed", nowMs: clock.nowMs(), why, final, random: clock.random() });
  }

  /** Tries at once, where there is no connection: for the user, or when there is a reason to hope. */
  retry(): void {
    this.#apply({ type: "retry", nowMs: this.#options.clock.nowMs(), byUser: true });
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancelTimer?.();
  }

  #apply(event: ReconnectEvent): void {
    if (this.#disposed) return;
    const next = reconnect(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { clock, connect, onState } = this.#options;
    if (next.type === "connecting") connect();
    if (next.type === "waiting") {
      this.#cancelTimer = clock.after(Math.max(0, next.retryMs - event.nowMs), () => {
        this.#apply({ type: "retry", nowMs: clock.nowMs(), byUser: false });
      });
    }
    onState?.();
  }
}
