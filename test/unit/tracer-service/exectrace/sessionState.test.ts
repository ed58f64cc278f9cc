import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  firstWait,
  maxReportedRefusals,
  stepSession,
  type SessionAction,
  type SessionEvent,
  type SessionState,
} from "../../../../tracer-service/exectrace/sessionState.ts";

const nextWait: SessionState = { type: "waiting", limited: false, refused: 0 };
const following: SessionState = { type: "following", inode: 7 };
const finished: SessionState = { type: "finished" };

describe("stepSession", () => {
  const steps: [string, SessionState, SessionEvent, SessionState, SessionAction[]][] = [
    [
      "follows the namespace that was accepted",
      { type: "waiting", limited: true, refused: 2 },
      { type: "followed", inode: 7 },
      following,
      [{ type: "report_following", inode: 7, refused: 2 }],
    ],
    [
      "listens again, without a deadline, when the followed namespace ends",
      following,
      { type: "ended", inode: 7 },
      nextWait,
      [{ type: "unfollow", inode: 7 }, { type: "listen" }],
    ],
    [
      "gives up at the deadline of the first wait",
      firstWait,
      { type: "deadline" },
      finished,
      [{ type: "finish", timedOut: true }],
    ],
    [
      "reports a refusal",
      firstWait,
      { type: "refused", reason: "why" },
      { type: "waiting", limited: true, refused: 1 },
      [{ type: "report_refusal", reason: "why", last: false }],
    ],
    ["stops while it waits", firstWait, { type: "stopped" }, finished, [{ type: "finish", timedOut: false }]],
    [
      "stops following when it stops",
      following,
      { type: "stopped" },
      finished,
      [
        { type: "unfollow", inode: 7 },
        { type: "finish", timedOut: false },
      ],
    ],
  ];
  it.each(steps)("%s", (_name, state, event, next, actions) => {
    expect(stepSession(state, event)).toEqual({ state: next, actions });
  });

  const ignored: [string, SessionState, SessionEvent][] = [
    ["the end of another namespace", following, { type: "ended", inode: 8 }],
    ["the end of a namespace while it waits", firstWait, { type: "ended", inode: 7 }],
    ["the deadline once it follows", following, { type: "deadline" }],
    ["the deadline in a later wait", nextWait, { type: "deadline" }],
    ["a second namespace", following, { type: "followed", inode: 8 }],
    ["a refusal once it follows", following, { type: "refused", reason: "late" }],
    ["a namespace after the end", finished, { type: "followed", inode: 7 }],
    ["a second stop", finished, { type: "stopped" }],
    ["the deadline after a stop", finished, { type: "deadline" }],
  ];
  it.each(ignored)("ignores %s", (_name, state, event) => {
    expect(stepSession(state, event)).toEqual({ state, actions: [] });
  });

  it("reports a bounded number of refusals and counts them all", () => {
    let state = firstWait;
    const reported: SessionAction[] = [];
    for (let count = 0; count < 1_000; count++) {
      const step = stepSession(state, { type: "refused", reason: "why" });
      state = step.state;
      reported.push(...step.actions);
    }
    expect(state).toMatchObject({ refused: 1_000 });
    expect(reported).toHaveLength(maxReportedRefusals);
    expect(reported.map((action) => action.type === "report_refusal" && action.last)).toEqual([
      ...Array.from({ length: maxReportedRefusals - 1 }, () => false),
      true,
    ]);
  });

  it("unfollows exactly what it followed and finishes at most once, whatever happens", () => {
    const inode = fc.constantFrom(1, 2, 3);
    const event: fc.Arbitrary<SessionEvent> = fc.oneof(
      fc.record({ type: fc.constant("followed" as const), inode }),
      fc.record({ type: fc.constant("ended" as const), inode }),
      fc.record({ type: fc.constant("refused" as const), reason: fc.constant("why") }),
      fc.record({ type: fc.constantFrom("deadline" as const, "stopped" as const) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let state = firstWait;
        const open: number[] = [];
        let finishes = 0;
        for (const each of events) {
          const step = stepSession(state, each);
          for (const action of step.actions) {
            if (action.type === "report_following") open.push(action.inode);
            if (action.type === "unfollow") expect(open.pop()).toBe(action.inode);
            if (action.type === "finish") finishes += 1;
          }
          state = step.state;
          expect(open).toEqual(state.type === "following" ? [state.inode] : []);
          expect(finishes).toBe(state.type === "finished" ? 1 : 0);
        }
      }),
    );
  });
});
