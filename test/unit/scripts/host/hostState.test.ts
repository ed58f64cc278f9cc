import { describe, expect, it } from "vitest";
import {
  HOST_START,
  type HostAction,
  type HostEvent,
  type HostState,
  SAME_INTERRUPT_MS,
  stepHost,
} from "../../../../scripts/host/hostState.ts";

const tracerReady: HostEvent = { type: "tracerReady" };
const tracerUnable: HostEvent = { type: "tracerUnable", why: "BTF  failed\n" };
const editorReady: HostEvent = { type: "editorReady" };
const interrupted = (nowMs: number): HostEvent => ({ type: "interrupted", by: "SIGINT", nowMs });
const tracerEnded: HostEvent = { type: "tracerEnded", how: "SIGKILL", nowMs: 5 };
const ending = "say Ending, because of SIGINT.";
const editorEnded: HostEvent = { type: "editorEnded", how: "exit status 1", nowMs: 5 };
const failed: HostEvent = { type: "failed", why: "no room", nowMs: 5 };

function after(...events: readonly HostEvent[]): { state: HostState; actions: HostAction[] } {
  let state = HOST_START;
  const actions: HostAction[] = [];
  for (const event of events) {
    const step = stepHost(state, event);
    state = step.state;
    actions.push(...step.actions);
  }
  return { state, actions };
}

/** The actions in short, with texts. */
function told(...events: readonly HostEvent[]): string[] {
  return after(...events).actions.map((action) => {
    if (action.type === "say") return `say ${action.text}`;
    return action.type === "announce" ? `announce ${action.tracing ? "tracing" : "alone"}` : action.type;
  });
}

describe("stepHost", () => {
  it.each<[string, HostEvent[], string[]]>([
    ["starts the editor once it is traced", [tracerReady], ["startEditor"]],
    [
      "tells the address only when the editor answers too",
      [tracerReady, editorReady],
      ["startEditor", "announce tracing"],
    ],
    [
      "runs the editor alone where the kernel can't trace, and says why and what still works",
      [tracerUnable, editorReady],
      [
        "say BTF  failed\nThis kernel can't trace, so nothing is logged here. What still works: opening a recorded log.",
        "startEditor",
        "announce alone",
      ],
    ],
    [
      "ends all when the tracer ends by itself",
      [tracerReady, editorReady, tracerEnded],
      ["startEditor", "announce tracing", "say the tracer service ended by itself (SIGKILL)", "stop"],
    ],
    [
      "ends all when the editor ends by itself",
      [tracerReady, editorReady, editorEnded],
      ["startEditor", "announce tracing", "say code-server ended by itself (exit status 1)", "stop"],
    ],
    ["ends all when something else fails", [failed], ["say no room", "stop"]],
    ["says the first failure only", [failed, tracerEnded, editorEnded], ["say no room", "stop"]],
    [
      "does not take the ends that it asked for for failures",
      [interrupted(0), editorEnded, tracerEnded],
      [ending, "stop"],
    ],
    ["starts no editor while it ends", [interrupted(0), tracerReady], [ending, "stop"]],
    ["says nothing about the kernel while it ends", [interrupted(0), tracerUnable], [ending, "stop"]],
    [
      "tells no address while it ends",
      [tracerReady, interrupted(0), editorReady],
      ["startEditor", ending, "stop"],
    ],
    [
      "takes a signal that arrives several times at once for one",
      [interrupted(0), interrupted(1), interrupted(SAME_INTERRUPT_MS - 1)],
      [ending, "stop"],
    ],
    [
      "kills at the second Ctrl-C",
      [interrupted(0), interrupted(SAME_INTERRUPT_MS)],
      [ending, "stop", "kill"],
    ],
    [
      "kills once",
      [interrupted(0), interrupted(SAME_INTERRUPT_MS), interrupted(3 * SAME_INTERRUPT_MS)],
      [ending, "stop", "kill"],
    ],
    [
      "lets Ctrl-C kill what ends after a failure",
      [failed, interrupted(5 + SAME_INTERRUPT_MS)],
      ["say no room", "stop", "kill"],
    ],
  ])("%s", (_name, events, expected) => {
    expect(told(...events)).toEqual(expected);
  });

  it.each<[string, HostEvent[], number]>([
    ["0 after Ctrl-C", [tracerReady, editorReady, interrupted(0)], 0],
    ["0 after Ctrl-C before it was ready", [interrupted(0)], 0],
    ["0 after Ctrl-C, whatever ends then", [interrupted(0), editorEnded], 0],
    ["1 when the tracer ended", [tracerReady, tracerEnded], 1],
    ["1 when the editor ended", [tracerReady, editorEnded, interrupted(9)], 1],
    ["1 after a failure", [failed], 1],
  ])("ends with %s", (_name, events, status) => {
    expect(after(...events).state.ending?.status).toBe(status);
  });
});
