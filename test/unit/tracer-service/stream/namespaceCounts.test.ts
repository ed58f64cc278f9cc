import { describe, expect, it } from "vitest";

import type { PodPlace } from "../../../../protocol/events.ts";
import { NamespaceCounts } from "../../../../tracer-service/stream/namespaceCounts.ts";
import { seesAll } from "../../../../tracer-service/stream/visibility.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "../output/fixtureEvents.ts";

const pod = (namespace: string): PodPlace => ({
  ...{ namespace, pod: "p", podUid: "u", serviceAccount: undefined, container: undefined, image: undefined },
});

describe("NamespaceCounts", () => {
  it("sums what is visible, rates included, and nothing else", () => {
    const counts = new NamespaceCounts();
    for (let index = 0; index < 10; index++) counts.event(fixtureExec({ pod: pod("a") }));
    counts.event(fixtureExit({ pod: pod("a") }));
    counts.event(fixtureLost({ pod: pod("b"), count: 7 }));
    counts.event(fixtureExec({ pod: undefined, attribution: "none" }));
    counts.tick();
    const seen = (...namespaces: (string | undefined)[]) => counts.sum((each) => namespaces.includes(each));
    expect(seen("a")).toEqual({ rate: 2, execs: 10, exits: 1, lost: 0, unattributed: 0 });
    expect(seen("b")).toEqual({ rate: 0, execs: 0, exits: 0, lost: 7, unattributed: 0 });
    expect(seen("c")).toEqual({ rate: 0, execs: 0, exits: 0, lost: 0, unattributed: 0 });
    expect(counts.sum(seesAll)).toEqual({ rate: 2.2, execs: 11, exits: 1, lost: 7, unattributed: 1 });
    expect(counts.namespaces).toEqual(["a", "b"]);
  });
});
