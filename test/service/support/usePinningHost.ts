import { afterEach, beforeEach } from "vitest";

import { TestBpfFileSystem } from "../../kernel/support/testBpfFileSystem.ts";
import { TracedHost } from "./tracedHost.ts";

/** A host, and a bpffs where its services can leave their programs. */
export interface PinningHost {
  readonly host: TracedHost;
  readonly bpffs: TestBpfFileSystem;
}

/** Hands both over to each test, of its own, and takes them down after it. */
export function usePinningHost(take: (made: PinningHost) => void): void {
  let made: PinningHost;
  beforeEach(() => {
    made = { host: new TracedHost(), bpffs: new TestBpfFileSystem() };
    take(made);
  });
  afterEach(async () => {
    await made.host.close();
    made.bpffs.remove();
  });
}
