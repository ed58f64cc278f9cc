/** What the drop-in is doing. */
export type SessionState =
  /** `limited`: the deadline counts. `refused`: requests turned down since it listens. */
  | { readonly type: "waiting"; readonly limited: boolean; readonly refused: number }
  | { readonly type: "following"; readonly inode: number }
  | { readonly type: "finished" };

/** What happens to it. */
export type SessionEvent =
  | { readonly type: "followed"; readonly inode: number }
  | { readonly type: "refused"; readonly reason: string }
  /** The kernel says that a PID namespace has ended. */
  | { readonly type: "ended"; readonly inode: number }
  | { readonly type: "deadline" }
  | { readonly type: "stopped" };

/** What the session does about it, in order. */
export type SessionAction =
  | { readonly type: "report_refusal"; readonly reason: string; readonly last: boolean }
  | { readonly type: "report_following"; readonly inode: number; readonly refused: number }
  | { readonly type: "unfollow"; readonly inode: number }
  | { readonly type: "listen" }
  | { readonly type: "finish"; readonly timedOut: boolean };

/** A state and what brought it about asks for. */
export interface SessionStep {
  readonly state: SessionState;
  readonly actions: readonly SessionAction[];
}

/** Refusals that are reported one by one while it waits; more are only counted, or a workspace could flood the log. */
export const maxReportedRefusals = 10;

/** The session before anything has happened: only the first wait has a deadline. */
export const firstWait: SessionState = { type: "waiting", limited: true, refused: 0 };

/**
 * What follows when `event` happens in `state`. Events that come too late change nothing.
 *
 * After the followed namespace has ended, the wait has no deadline: a workspace container may take long to come back
 * (a large image, a crash loop), and a sidecar that ends meanwhile restarts later than it, not sooner.
 */
export function stepSession(state: SessionState, event: SessionEvent): SessionStep {
  switch (event.type) {
    case "followed": {
      if (state.type !== "waiting") break;
      const { inode } = event;
      return {
        state: { type: "following", inode },
        actions: [{ type: "report_following", inode, refused: state.refused }],
      };
    }
    case "refused": {
      if (state.type !== "waiting") break;
      const refused = state.refused + 1;
      const last = refused === maxReportedRefusals;
      return {
        state: { ...state, refused },
        actions:
          refused <= maxReportedRefusals ? [{ type: "report_refusal", reason: event.reason, last }] : [],
      };
    }
    case "ended":
      if (state.type !== "following" || state.inode !== event.inode) break;
      return {
        state: { type: "waiting", limited: false, refused: 0 },
        actions: [{ type: "unfollow", inode: event.inode }, { type: "listen" }],
      };
    case "deadline":
      if (state.type !== "waiting" || !state.limited) break;
      return { state: { type: "finished" }, actions: [{ type: "finish", timedOut: true }] };
    case "stopped":
      if (state.type === "finished") break;
      return {
        state: { type: "finished" },
        actions: [
          ...(state.type === "following" ? [{ type: "unfollow", inode: state.inode } as const] : []),
          { type: "finish", timedOut: false },
        ],
      };
  }
  return { state, actions: [] };
}
