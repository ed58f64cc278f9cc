import { beforeEach, describe, expect, it } from "vitest";
import { type PodRun, runNodePod } from "../../../../../extension/cluster/deploy/runNodePod.ts";
import { FakeClock } from "../../fakeClock.ts";
import { FakeApiServer, turn } from "../fakeApiServer.ts";

const POD = "/api/v1/namespaces/default/pods/check-1";

describe("runNodePod", () => {
  let api: FakeApiServer;
  let clock: FakeClock;
  let removed: number;

  beforeEach(() => {
    api = new FakeApiServer();
    clock = new FakeClock();
    removed = 0;
    api.answer("POST /api/v1/namespaces/default/pods", () => ({ metadata: { name: "check-1" } }));
    api.answer(`DELETE ${POD}`, () => removed++);
  });

  function run(signal = new AbortController().signal): Promise<PodRun> {
    return runNodePod({ metadata: { namespace: "default" } }, { api, clock, signal });
  }

  it("waits for its end, gives what it said, and removes it", async () => {
    api.answer(`GET ${POD}`, () => ({ status: { phase: "Pending" } }));
    const said = run();
    await turn();
    api.answer(`GET ${POD}`, () => ({ status: { phase: "Succeeded" } }));
    clock.advance(1_000);
    await turn();
    api.last.end("BTF: yes\n");
    expect(await said).toEqual({ succeeded: true, said: "BTF: yes\n" });
    expect(removed).toBe(1);
  });

  it("says why it can't start, and removes it", async () => {
    const waiting = { reason: "ErrImageNeverPull", message: "image not present" };
    api.answer(`GET ${POD}`, () => ({
      status: { phase: "Pending", containerStatuses: [{ state: { waiting } }] },
    }));
    expect(await run()).toEqual({
      succeeded: false,
      said: "the pod could not start: ErrImageNeverPull: image not present",
    });
    expect(removed).toBe(1);
  });

  it("ends when the user gives up, and removes it", async () => {
    api.answer(`GET ${POD}`, () => ({ status: { phase: "Running" } }));
    const abort = new AbortController();
    abort.abort();
    expect(await run(abort.signal)).toEqual({ succeeded: false, said: "it was stopped" });
    expect(removed).toBe(1);
  });

  it("gives up a pod that its node's kubelet never starts, and removes it", async () => {
    api.answer(`GET ${POD}`, () => ({ status: { phase: "Pending" } }));
    let result: PodRun | undefined;
    void run().then((ended) => (result = ended));
    for (let seconds = 0; result === undefined && seconds < 300; seconds++) {
      await turn();
      clock.advance(1_000);
    }
    expect(result).toEqual({ succeeded: false, said: "the pod has not ended within 150 s" });
    expect(removed).toBe(1);
  });

  it("says why a pod that was evicted said nothing", async () => {
    api.answer(`GET ${POD}`, () => ({ status: { phase: "Failed", message: "Pod was active too long" } }));
    const said = run();
    await turn();
    api.last.end();
    expect(await said).toEqual({ succeeded: false, said: "it said nothing: Pod was active too long" });
  });
});
