/** What the watch of pods does at the moment. `attempts`: failures since something worked. */
export type WatchState =
  | { readonly type: "listing"; readonly attempts: number }
  | { readonly type: "watching"; readonly resourceVersion: string; readonly attempts: number }
  | {
      readonly type: "waiting";
      readonly ms: number;
      readonly attempts: number;
      /** From where to watch on afterwards; undefined: list anew. */
      readonly resourceVersion: string | undefined;
    };

/** What has happened to it. */
export type WatchEvent =
  | { readonly type: "listed"; readonly resourceVersion: string }
  /** An object or a bookmark arrived. */
  | { readonly type: "told"; readonly resourceVersion: string }
  /** The server ended the watch, as it does every few minutes. */
  | { readonly type: "ended" }
  | {
      readonly type: "failed";
      readonly status: number | undefined;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly type: "waited" }
  /** What is told may be old: somebody saw a pod that was not told. */
  | { readonly type: "doubted" };

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 15_000;
const MAX_RETRY_AFTER_MS = 120_000;
const GONE = 410;

/** Begins with a list. */
export const BEGIN: WatchState = { type: "listing", attempts: 0 };

/**
 * What to do next. A watch goes on from the last version that was told, so that nothing between is missed, unless the
 * server has forgotten that version (410): then everything is listed anew. `random` is from [0, 1): tracers of a
 * thousand nodes do not ask in the same moment.
 */
export function nextWatchState(state: WatchState, event: WatchEvent, random: number): WatchState {
  const resourceVersion = state.type === "listing" ? undefined : state.resourceVersion;
  switch (event.type) {
    case "listed":
    case "told":
      return { type: "watching", resourceVersion: event.resourceVersion, attempts: 0 };
    case "ended":
      // One that ends at once, again and again, counts as failing.
      return waitFor(state.attempts + 1, resourceVersion, undefined, random);
    case "failed": {
      const from = event.status === GONE ? undefined : resourceVersion;
      return waitFor(state.attempts + 1, from, event.retryAfterMs, random);
    }
    case "waited":
    case "doubted":
      if (resourceVersion === undefined) return { type: "listing", attempts: state.attempts };
      return { type: "watching", resourceVersion, attempts: state.attempts };
  }
}

function waitFor(
  attempts: number,
  resourceVersion: string | undefined,
  retryAfterMs: number | undefined,
  random: number,
): WatchState {
  const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempts - 1, 10));
  const ms =
    retryAfterMs === undefined
      ? backoffMs * (0.5 + random / 2)
      : Math.min(MAX_RETRY_AFTER_MS, retryAfterMs) * (1 + random / 10);
  return { type: "waiting", ms: Math.round(ms), attempts, resourceVersion };
}
