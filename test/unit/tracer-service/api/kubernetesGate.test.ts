import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";

import { AccessControl } from "../../../../tracer-service/access/accessControl.ts";
import { REFUSALS } from "../../../../tracer-service/api/apiRefusal.ts";
import type { Admission } from "../../../../tracer-service/api/gate.ts";
import { KubernetesGate } from "../../../../tracer-service/api/kubernetesGate.ts";
import { MetricsGate } from "../../../../tracer-service/api/metricsGate.ts";
import { CLOSURES } from "../../../../tracer-service/api/streamClosure.ts";
import { settleSight } from "../../../../tracer-service/stream/sight.ts";
import { FakeReviews, tokenUntil } from "../access/fakeReviews.ts";

const VIEWER = "system:serviceaccount:process-logging:viewer";
const TOKEN = tokenUntil(2_000);
const request = (token?: string) => ({
  headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  socket: new PassThrough(),
});

function setUp(...grants: string[]) {
  const reviews = new FakeReviews();
  reviews.tokens.set(TOKEN, VIEWER);
  const grant = (...namespaces: string[]): void => void reviews.grants.set(VIEWER, new Set(namespaces));
  grant(...grants);
  const time = { nowMs: 1_000_000 };
  const access = new AccessControl({ client: reviews, audience: "x", cacheMs: 0, nowMs: () => time.nowMs });
  const timers: { readonly ms: number; readonly call: () => void }[] = [];
  const warnings: string[] = [];
  const gate = new KubernetesGate({
    ...{ access, permission: "processes", checkMs: 5_000, nowMs: () => time.nowMs },
    after: (ms, call) => {
      const timer = { ms, call };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    log: { warn: (_fields, message) => void warnings.push(message) },
  });
  const admit = async (): Promise<Admission> => {
    const answer = await gate.admit(request(TOKEN));
    if ("code" in answer) throw new Error(answer.message);
    return answer;
  };
  const heard: string[] = [];
  const changes = {
    changed: () => void heard.push("changed"),
    revoked: ({ code }: { readonly code: number }) => void heard.push(String(code)),
  };
  const check = (): number => {
    const timer = timers.shift();
    timer?.call();
    return timer?.ms ?? -1;
  };
  return { reviews, grant, time, gate, admit, timers, warnings, heard, changes, check };
}

describe("KubernetesGate", () => {
  it("names the service account and shows what RBAC allows", async () => {
    const { admit } = setUp("a");
    const { reader, sight, sees } = await admit();
    await settleSight(sight, ["a", "b"]);
    expect(reader).toMatchObject({ type: "service_account", namespace: "process-logging", name: "viewer" });
    expect(sees()).toEqual(["a"]);
  });

  it.each([
    ["without a token", undefined, REFUSALS.tokenMissing],
    ["with a token that is not accepted", "other", REFUSALS.tokenRefused],
  ])("refuses a reader %s", async (_name, token, refusal) => {
    expect(await setUp("*").gate.admit(request(token))).toEqual(refusal);
  });

  it("refuses everybody while the API server is away", async () => {
    const { gate, reviews, warnings } = setUp("*");
    reviews.down = true;
    expect(await gate.admit(request(TOKEN))).toEqual(REFUSALS.reviewFailed);
    expect(warnings).toHaveLength(1);
  });

  it("looks at an open stream again and again, and tells what changes", async () => {
    const { admit, grant, timers, changes, heard, check } = setUp("a", "b");
    const { sight, follow } = await admit();
    await settleSight(sight, ["a", "b"]);
    follow(changes);
    expect(check()).toBe(5_000);
    await vi.waitFor(() => {
      expect(timers).toHaveLength(1);
    });
    expect(heard).toEqual([]);
    grant("a");
    check();
    await vi.waitFor(() => {
      expect(timers).toHaveLength(1);
    });
    expect([heard, sight.sees("b")]).toEqual([["changed"], false]);
  });

  it.each([
    [
      "its last namespace is taken away",
      ({ grant }: ReturnType<typeof setUp>) => {
        grant();
      },
      CLOSURES.revoked.code,
    ],
    [
      "its token is not accepted any more",
      ({ reviews }: ReturnType<typeof setUp>) => {
        reviews.tokens.clear();
      },
      CLOSURES.tokenEnded.code,
    ],
    [
      "its token has become somebody else's",
      ({ reviews }: ReturnType<typeof setUp>) => {
        reviews.tokens.set(TOKEN, "other");
      },
      CLOSURES.tokenEnded.code,
    ],
    [
      "the API server is away",
      ({ reviews }: ReturnType<typeof setUp>) => {
        reviews.down = true;
      },
      CLOSURES.reviewFailed.code,
    ],
  ])("ends a stream when %s", async (_name, happen, code) => {
    const all = setUp("a");
    const { sight, follow } = await all.admit();
    await settleSight(sight, ["a"]);
    follow(all.changes);
    happen(all);
    all.check();
    await vi.waitFor(() => {
      expect(all.heard).toEqual([String(code)]);
    });
    expect(all.timers).toEqual([]);
  });

  it("looks at a token when it expires, not later", async () => {
    const { admit, time, changes, heard, check } = setUp("a");
    time.nowMs = 1_998_000;
    const { follow } = await admit();
    follow(changes);
    time.nowMs = 2_000_000;
    expect(check()).toBe(2_000);
    await vi.waitFor(() => {
      expect(heard).toEqual(["4401"]);
    });
  });

  it("tells nothing of a stream that has ended", async () => {
    const { admit, grant, timers, changes, heard, check } = setUp("a");
    const { sight, follow } = await admit();
    await settleSight(sight, ["a"]);
    const unfollow = follow(changes);
    grant();
    check();
    unfollow();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([heard, timers]).toEqual([[], []]);
  });
});

describe("MetricsGate", () => {
  const setUpMetrics = (...grants: string[]) => {
    const { reviews } = setUp(...grants);
    const access = new AccessControl({ client: reviews, audience: "x", cacheMs: 0, nowMs: () => 0 });
    return { reviews, gate: new MetricsGate(access, { warn: () => undefined }) };
  };

  it("lets in who may get the path, and nobody else", async () => {
    expect(await setUpMetrics("/metrics").gate.admit(request(TOKEN))).toMatchObject({ sight: { all: true } });
    expect(await setUpMetrics("a").gate.admit(request(TOKEN))).toEqual({
      ...REFUSALS.metricsForbidden,
      reader: {
        ...{ type: "service_account", namespace: "process-logging", name: "viewer" },
        ...{ uid: undefined, credentialId: undefined },
      },
    });
    expect(await setUpMetrics("/metrics").gate.admit(request())).toEqual(REFUSALS.tokenMissing);
    expect(await setUpMetrics("/metrics").gate.admit(request("x"))).toEqual(REFUSALS.tokenRefused);
  });

  it("refuses everybody while the API server is away", async () => {
    const { reviews, gate } = setUpMetrics("/metrics");
    reviews.down = true;
    expect(await gate.admit(request(TOKEN))).toEqual(REFUSALS.reviewFailed);
  });
});
