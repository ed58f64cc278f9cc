import { beforeEach, describe, expect, it } from "vitest";
import { ViewerToken } from "../../../../../extension/cluster/tracers/viewerToken.ts";
import { FakeClock } from "../../fakeClock.ts";
import { FakeApiServer } from "../fakeApiServer.ts";

const ROUTE = "POST /api/v1/namespaces/process-logging/serviceaccounts/process-logging-viewer/token";

describe("ViewerToken", () => {
  let api: FakeApiServer;
  let clock: FakeClock;
  let token: ViewerToken;
  let lifetimeMs: number;

  beforeEach(() => {
    api = new FakeApiServer();
    clock = new FakeClock();
    token = new ViewerToken(api, clock);
    lifetimeMs = 3_600_000;
    let count = 0;
    api.answer(ROUTE, () => ({
      status: {
        token: `token-${String(++count)}`,
        expirationTimestamp: new Date(clock.nowMs() + lifetimeMs).toISOString(),
      },
    }));
  });

  const text = async (): Promise<string> => (await token.get()).text;

  it("asks for the tracers' audience only, and once for all who want it", async () => {
    expect(await Promise.all([text(), text()])).toEqual(["token-1", "token-1"]);
    expect(api.requests.map(({ body }) => body)).toEqual([
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { audiences: ["processlogging.dev"], expirationSeconds: 3_600 },
      },
    ]);
  });

  it("asks for another one before it expires", async () => {
    await text();
    clock.advance(2_800_000);
    expect(await text()).toBe("token-1");
    clock.advance(100_000);
    expect(await text()).toBe("token-2");
  });

  it("takes the shorter life that the server gives", async () => {
    lifetimeMs = 600_000;
    await text();
    clock.advance(500_000);
    expect(await text()).toBe("token-2");
  });

  it("asks for another one after a tracer did not take it, and after a refusal", async () => {
    await text();
    token.forget();
    expect(await text()).toBe("token-2");
    const refused = new ViewerToken(new FakeApiServer(), clock);
    await expect(refused.get()).rejects.toThrow("not found");
    await expect(refused.get()).rejects.toThrow("not found");
  });
});
