import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { findPort } from "../../../../scripts/host/freePort.ts";

const taken =
  (...ports: number[]) =>
  (port: number): Promise<boolean> =>
    Promise.resolve(!ports.includes(port));

describe("findPort", () => {
  it.each([
    ["the first when it is free", 8080, [], 8080],
    ["the next that is free", 8080, [8080, 8081], 8082],
    ["the last that there is", 65_534, [65_534], 65_535],
  ])("takes %s", async (_what, port, others, expected) => {
    expect(await findPort(port, false, taken(...others))).toBe(expected);
  });

  it("takes no other than the one that was named", async () => {
    await expect(findPort(9000, true, taken(9000))).rejects.toThrow("port 9000 of 127.0.0.1 is taken: ");
  });

  it("gives up after a while", async () => {
    await expect(findPort(8080, false, () => Promise.resolve(false))).rejects.toThrow(
      "no port of 127.0.0.1 from 8080 to 8180 is free",
    );
  });

  it("sees which port of this machine somebody listens on", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
    const { port } = server.address() as AddressInfo;
    await expect(findPort(port, true)).rejects.toThrow("is taken");
    await new Promise((resolve) => server.close(resolve));
    expect(await findPort(port, true)).toBe(port);
    // Nothing listens on it yet, but whoever was told so will.
    await expect(findPort(port, true)).rejects.toThrow("is taken");
  });
});
