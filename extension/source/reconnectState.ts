import type { SourceState } from "../../protocol/webviewMessages.ts";

/** Longest wait between two tries. */
export const MAX_RETRY_MS = 30_000;

/** The first wait is at most this long, and each further one at most twice the one before. */
export const FIRST_RETRY_MS = 500;

/** A connection that has held for so long was good: the next loss begins again with the shortest wait. */
export const STABLE_MS = 10_000;

/** Since when and why there is no connection; it stays the same over all tries until one succeeds. */
interface Outage {
  readonly sinceMs: number;
  readonly why: string;
}

/** How it is with a connection that is kept up. Times are milliseconds since 1970. */
export type ReconnectState =
  | {
      readonly type: "connecting";
      readonly failures: number;
      readonly outage: Outage | undefined;
      readonly startedMs: number;
    }
  | { readonly type: "connected"; readonly failures: number; readonly connectedMs: number }
  | { readonly type: "waiting"; readonly failures: number; readonly outage: Outage; readonly retryMs: number }
  /** Only the user can change that: no try of its own. */
  | { readonly type: "stopped"; readonly outage: Outage };

/** What happens to it. `random` is from 0 up to but without 1. */
export type ReconnectEvent =
  | { readonly type: "connected"; readonly nowMs: number }
  | {
      readonly type: "failed";
      readonly nowMs: number;
      readonly why: string;
      readonly final: boolean;
      readonly random: number;
    }
  /** The wait is over, or the user asks for a try. */
  | { readonly type: "retry"; readonly nowMs: number; readonly byUser: boolean };

/** Before the first try. */
export function startConnecting(nowMs: number): ReconnectState {
  return { type: "connecting", failures: 0, outage: undefined, startedMs: nowMs };
}

/** The state after the event; one that does not apply changes nothing and gives the same object. */
export function reconnect(state: ReconnectState, event: ReconnectEvent): ReconnectState {
  switch (event.type) {
    case "connected":
      if (state.type !== "connecting") return state;
      return { type: "connected", failures: state.failures, connectedMs: event.nowMs };
    case "failed":
      if (state.type !== "connecting" && state.type !== "connected") return state;
      return afterFailure(state, event);
    case "retry":
      if (state.type === "waiting") {
        const failures = event.byUser ? 0 : state.failures;
        return { type: "connecting", failures, outage: state.outage, startedMs: event.nowMs };
      }
      if (state.type === "stopped" && event.byUser) {
        return { type: "connecting", failures: 0, outage: state.outage, startedMs: event.nowMs };
      }
      return state;
  }
}

function afterFailure(
  state: ReconnectState & { type: "connecting" | "connected" },
  event: ReconnectEvent & { type: "failed" },
): ReconnectState {
  const sinceMs = (state.type === "connecting" ? state.outage?.sinceMs : undefined) ?? event.nowMs;
  const outage = { sinceMs, why: event.why };
  if (event.final) return { type: "stopped", outage };
  const stable = state.type === "connected" && event.nowMs - state.connectedMs >= STABLE_MS;
  const failures = stable ? 0 : state.failures;
  return {
    type: "waiting",
    // Further ones would only make the power below overflow.
    failures: Math.min(failures + 1, 32),
    outage,
    retryMs: event.nowMs + retryDelayMs(failures, event.random),
  };
}

/** Full jitter: many readers of a service that comes back don't all come at once. */
function retryDelayMs(failures: number, random: number): number {
  return Math.round(random * Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures));
}

/** What people are told of it: while it is tried again, that it is still disconnected, and since when. */
export function toSourceState(state: ReconnectState): SourceState {
  switch (state.type) {
    case "connected":
      return { type: "connected" };
    case "connecting":
      return state.outage === undefined
        ? { type: "connecting" }
        : { type: "disconnected", ...state.outage, retryMs: state.startedMs };
    case "waiting":
      return { type: "disconnected", ...state.outage, retryMs: state.retryMs };
    case "stopped":
      return { type: "disconnected", ...state.outage, retryMs: undefined };
  }
}
