import { describe, expect, it } from "vitest";

import {
  parseHeartbeat,
  parseNode,
  parseTracer,
  READY_LABEL,
} from "../../../../tracer-service/readiness/clusterObjects.ts";

const metadata = { name: "n", uid: "u" };
const conditions = (status: string, more: object = {}) => ({
  conditions: [
    { type: "Other", status: "True" },
    { type: "Ready", status, ...more },
  ],
});
const pod = (status: object, meta: object = {}) => ({
  ...{ metadata: { ...metadata, ...meta }, spec: { nodeName: "node-1" }, status },
});

describe("parseNode", () => {
  it("reads label and condition", () => {
    const labels = { [READY_LABEL]: "true", other: "x" };
    expect(parseNode({ metadata: { ...metadata, labels }, status: conditions("True") })).toEqual({
      ...{ name: "n", uid: "u", label: "true", ready: true },
    });
  });

  it.each([
    ["says it is not", conditions("False")],
    ["says nothing any more", conditions("Unknown")],
    ["never said it", {}],
    ["says nonsense", { conditions: "True" }],
  ])("takes no node for ready that %s", (_name, status) => {
    expect(parseNode({ metadata, status })).toMatchObject({ ready: false, label: undefined });
  });

  it("is undefined for what is no node", () => {
    expect([undefined, null, [], {}, { metadata: { name: 1 } }].map(parseNode)).toEqual([
      ...Array.from({ length: 5 }, () => undefined),
    ]);
  });
});

describe("parseTracer", () => {
  it("knows one that is ready", () => {
    const running = { phase: "Running", ...conditions("True") };
    expect(parseTracer(pod(running))).toEqual({ ...metadata, node: "node-1", notReady: undefined });
  });

  it.each([
    [
      "is deleted",
      pod({ phase: "Running", ...conditions("True") }, { deletionTimestamp: "now" }),
      /being deleted/,
    ],
    ["has not begun", pod({ phase: "Pending" }), /^its tracer is not ready$/],
    ["has ended, whatever its condition says", pod({ phase: "Failed", ...conditions("True") }), /not ready/],
    [
      "is not ready, and says why",
      pod({ phase: "Running", ...conditions("False", { message: "x" }) }),
      /: x$/,
    ],
    [
      "can't start, with its last word on one line",
      pod({
        phase: "Running",
        ...conditions("False", { message: "containers with unready status" }),
        containerStatuses: [
          {
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: { terminated: { message: "kernel 5.4\nis too old" } },
          },
        ],
      }),
      /: kernel 5\.4 is too old$/,
    ],
    [
      "waits for its image",
      pod({ phase: "Pending", containerStatuses: [{ state: { waiting: { reason: "ErrImagePull" } } }] }),
      /: ErrImagePull$/,
    ],
  ])("knows one that %s", (_name, object, why) => {
    expect(parseTracer(object)?.notReady).toMatch(why);
  });
});

describe("parseHeartbeat", () => {
  it("needs a time", () => {
    expect(parseHeartbeat({ metadata, spec: { renewTime: "t" } })).toEqual({ ...metadata, renewTime: "t" });
    expect(parseHeartbeat({ metadata, spec: {} })).toBeUndefined();
  });
});
