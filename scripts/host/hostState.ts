/** A signal that npm, the terminal and the shell each pass on arrives several times: within this it is one. */
export const SAME_INTERRUPT_MS = 1000;

/** How it is with what `npm start` runs. */
export interface HostState {
  readonly tracer: "starting" | "running" | "unable" | "ended";
  readonly editor: "waiting" | "starting" | "running" | "ended";
  readonly ending:
    { readonly status: number; readonly sinceMs: number; readonly killed: boolean } | undefined;
}

export type HostEvent =
  | { readonly type: "tracerReady" }
  /** The kernel can't trace: `why` is what the check says. */
  | { readonly type: "tracerUnable"; readonly why: string }
  | { readonly type: "tracerEnded"; readonly how: string; readonly nowMs: number }
  | { readonly type: "editorReady" }
  | { readonly type: "editorEnded"; readonly how: string; readonly nowMs: number }
  /** Something else went wrong, told in one line. */
  | { readonly type: "failed"; readonly why: string; readonly nowMs: number }
  /** Ctrl-C, or a signal that means the same. */
  | { readonly type: "interrupted"; readonly by: string; readonly nowMs: number };

export type HostAction =
  | { readonly type: "startEditor" }
  /** Address and password; both are ready, or all that can be. */
  | { readonly type: "announce"; readonly tracing: boolean }
  | { readonly type: "say"; readonly text: string }
  /** End both gently, then remove what was made. */
  | { readonly type: "stop" }
  /** End both at once. */
  | { readonly type: "kill" };

/** Before anything runs. */
export const HOST_START: HostState = { tracer: "starting", editor: "waiting", ending: undefined };

interface Step {
  readonly state: HostState;
  readonly actions: readonly HostAction[];
}

/**
 * What follows from an event. The editor starts once it is known whether its processes are logged; the end of either
 * is the end of both.
 */
export function stepHost(state: HostState, event: HostEvent): Step {
  switch (event.type) {
    case "tracerReady":
      return startEditor({ ...state, tracer: "running" });
    case "tracerUnable": {
      const step = startEditor({ ...state, tracer: "unable" });
      const text = `${event.why.trimEnd()}\nThis kernel can't trace, so nothing is logged here. What still works: opening a recorded log.`;
      return state.ending === undefined
        ? { ...step, actions: [{ type: "say", text }, ...step.actions] }
        : step;
    }
    case "editorReady": {
      const running: HostState = { ...state, editor: "running" };
      if (state.ending !== undefined) return { state: running, actions: [] };
      return { state: running, actions: [{ type: "announce", tracing: state.tracer === "running" }] };
    }
    case "tracerEnded":
      return end(
        { ...state, tracer: "ended" },
        `the tracer service ended by itself (${event.how})`,
        event.nowMs,
      );
    case "editorEnded":
      return end({ ...state, editor: "ended" }, `code-server ended by itself (${event.how})`, event.nowMs);
    case "failed":
      return end(state, event.why, event.nowMs);
    case "interrupted":
      return interrupt(state, event.by, event.nowMs);
  }
}

function startEditor(state: HostState): Step {
  if (state.ending !== undefined) return { state, actions: [] };
  return { state: { ...state, editor: "starting" }, actions: [{ type: "startEditor" }] };
}

/** While all are being ended, one that ends is no news. */
function end(state: HostState, text: string, nowMs: number): Step {
  if (state.ending !== undefined) return { state, actions: [] };
  return {
    state: { ...state, ending: { status: 1, sinceMs: nowMs, killed: false } },
    actions: [{ type: "say", text }, { type: "stop" }],
  };
}

function interrupt(state: HostState, by: string, nowMs: number): Step {
  const { ending } = state;
  if (ending === undefined) {
    return {
      state: { ...state, ending: { status: 0, sinceMs: nowMs, killed: false } },
      actions: [{ type: "say", text: `Ending, because of ${by}.` }, { type: "stop" }],
    };
  }
  if (ending.killed || nowMs - ending.sinceMs < SAME_INTERRUPT_MS) return { state, actions: [] };
  return { state: { ...state, ending: { ...ending, killed: true } }, actions: [{ type: "kill" }] };
}
