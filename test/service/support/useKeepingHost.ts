import { afterEach, beforeEach } from "vitest";

import { KeepingHost } from "./keepingHost.ts";

/** Hands over a host of its own to each test, and takes it down after it. */
export function useKeepingHost(take: (host: KeepingHost) => void): void {
  let host: KeepingHost;
  beforeEach(() => {
    host = new KeepingHost();
    take(host);
  });
  afterEach(async () => {
    await host.close();
  });
}
