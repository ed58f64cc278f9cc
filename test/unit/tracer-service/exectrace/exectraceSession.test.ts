import { describe, expect, it, vi } from "vitest";
import {
  ExectraceSession,
  type OpenListener,
} from "../../../../tracer-service/exectrace/exectraceSession.ts";
import {
  openInitListener,
  type InitListener,
  type InitReceiver,
} from "../../../../tracer-service/exectrace/initListener.ts";
import type { NamespaceFollower } from "../../../../tracer-service/exectrace/namespaceFollower.ts";

class FakeFollower implements NamespaceFollower {
  readonly ours = new Set([1001, 1002]);
  readonly followed = new Set<number>();
  look: (inode: number) => boolean | Promise<boolean> = (inode) => this.ours.has(inode);
  #ended: ((inode: number) => void)[] = [];

  async holdsProcessOfThisPod(inode: number): Promise<boolean> {
    return await this.look(inode);
  }

  follow(inode: number): void {
    this.followed.add(inode);
  }

  unfollow(inode: number): void {
    this.followed.delete(inode);
  }

  onEnded(callback: (inode: number) => void): void {
    this.#ended.push(callback);
  }

  end(inode: number): void {
    for (const callback of this.#ended) callback(inode);
  }
}

/** A listener without a network: `receiver` is what a request would reach. */
class FakeListener implements InitListener {
  readonly url = "http://127.0.0.1:56123";
  readonly receiver: InitReceiver;
  readonly #closed = Promise.withResolvers<undefined>();
  readonly closed = this.#closed.promise;
  isClosed = false;

  constructor(receiver: InitReceiver) {
    this.receiver = receiver;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#closed.resolve(undefined);
    await this.closed;
  }
}

class FakeClock {
  delayMs: number | undefined;
  expire: () => void = () => undefined;

  after(delayMs: number, callback: () => void): () => void {
    this.delayMs = delayMs;
    this.expire = callback;
    return () => {
      this.delayMs = undefined;
    };
  }
}

class FakeLog {
  readonly lines: string[] = [];
  readonly info = this.#writer("info");
  readonly warn = this.#writer("warn");
  readonly error = this.#writer("error");

  #writer(level: string) {
    return (fields: object, message: string): void => {
      this.lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
    };
  }
}

function setUp(openListener?: OpenListener) {
  const follower = new FakeFollower();
  const clock = new FakeClock();
  const log = new FakeLog();
  const listeners: FakeListener[] = [];
  const openFake: OpenListener = (receiver) => {
    const listener = new FakeListener(receiver);
    listeners.push(listener);
    return Promise.resolve(listener);
  };
  const session = new ExectraceSession(follower, openListener ?? openFake, clock, log);
  /** What the session waits with for the `count`th time. */
  const wait = async (count: number): Promise<FakeListener> =>
    await vi.waitFor(() => {
      const listener = listeners[count - 1];
      if (listener === undefined) throw new Error("it does not listen");
      return listener;
    });
  return { follower, clock, log, listeners, session, wait };
}

/** Everything that is due has happened when this resolves. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("ExectraceSession", () => {
  it("follows the namespace that the workspace names, before it says so", async () => {
    const { follower, session, wait, log } = setUp();
    const run = session.run(900_000);
    const listener = await wait(1);
    expect(await listener.receiver.submit(1001)).toEqual({ type: "accepted" });
    expect([...follower.followed]).toEqual([1001]);
    expect(log.lines.at(-1)).toBe(
      'info: logging the PID namespace and all nested in it {"pidNamespace":1001,"refusedRequests":0}',
    );
    session.stop();
    await run;
    expect([...follower.followed]).toEqual([]);
  });

  it("refuses a namespace without a process of this pod, and warns", async () => {
    const { follower, session, wait, log } = setUp();
    const run = session.run(0);
    const { receiver } = await wait(1);
    const reason = "the PID namespace 4026539999 holds no process of this pod";
    expect(await receiver.submit(4026539999)).toEqual({ type: "refused", reason });
    expect([...follower.followed]).toEqual([]);
    expect(log.lines.at(-1)).toMatch(new RegExp(`^warn: .*${reason}`));
    expect(await receiver.submit(1001)).toEqual({ type: "accepted" });
    session.stop();
    await run;
  });

  it("listens again after the workspace's container restarted, once the last listener is closed", async () => {
    const { follower, listeners, session, wait } = setUp();
    const run = session.run(900_000);
    const first = await wait(1);
    await first.receiver.submit(1001);
    follower.end(1001);
    expect([...follower.followed]).toEqual([]);
    await turn();
    expect(listeners).toHaveLength(1);
    await first.close();
    const second = await wait(2);
    expect(await second.receiver.submit(1002)).toEqual({ type: "accepted" });
    expect([...follower.followed]).toEqual([1002]);
    await second.close();
    session.stop();
    await run;
  });

  it("keeps following when another namespace ends", async () => {
    const { follower, listeners, session, wait } = setUp();
    const run = session.run(0);
    const listener = await wait(1);
    await listener.receiver.submit(1001);
    await listener.close();
    follower.end(1002);
    await turn();
    expect([...follower.followed]).toEqual([1001]);
    expect(listeners).toHaveLength(1);
    session.stop();
    await run;
  });

  it("gives up when nothing came in time, saying what to do", async () => {
    const { clock, session, wait } = setUp();
    const run = session.run(900_000);
    const listener = await wait(1);
    expect(clock.delayMs).toBe(900_000);
    clock.expire();
    await expect(run).rejects.toThrow(
      /^no PID namespace of this pod was sent to http:\/\/127\.0\.0\.1:56123 within 900 s: [^\n]*--startup-timeout$/,
    );
    expect(listener.isClosed).toBe(true);
  });

  it("does not give up once it follows, nor in a later wait", async () => {
    const { follower, clock, session, wait } = setUp();
    const run = session.run(900_000);
    const first = await wait(1);
    await first.receiver.submit(1001);
    await first.close();
    clock.expire();
    follower.end(1001);
    const second = await wait(2);
    clock.expire();
    expect(await second.receiver.submit(1002)).toEqual({ type: "accepted" });
    session.stop();
    await run;
  });

  it("sets no deadline for a timeout of 0", async () => {
    const { clock, session, wait } = setUp();
    const run = session.run(0);
    await wait(1);
    expect(clock.delayMs).toBeUndefined();
    session.stop();
    await run;
  });

  it("follows nothing that turns out to be the pod's after the deadline", async () => {
    const { follower, clock, session, wait } = setUp();
    const run = session.run(1_000);
    const { receiver } = await wait(1);
    const look = Promise.withResolvers<boolean>();
    follower.look = () => look.promise;
    const verdict = receiver.submit(1001);
    clock.expire();
    look.resolve(true);
    expect(await verdict).toMatchObject({ type: "refused" });
    expect([...follower.followed]).toEqual([]);
    await expect(run).rejects.toThrow(/within 1 s/);
  });

  it.each([
    ["look at the namespace", { look: () => Promise.reject(new Error("no /proc")) }],
    [
      "follow it",
      {
        follow: () => {
          throw new Error("no room in the map");
        },
      },
    ],
  ])("answers that it failed, logs it and waits on when the tracer could not %s", async (_name, failing) => {
    const { follower, session, wait, log } = setUp();
    const run = session.run(0);
    const { receiver } = await wait(1);
    const working = { look: follower.look, follow: follower.follow.bind(follower) };
    Object.assign(follower, failing);
    expect(await receiver.submit(1001)).toMatchObject({ type: "failed" });
    expect(log.lines.at(-1)).toMatch(/^error: could not follow the PID namespace /);
    Object.assign(follower, working);
    expect(await receiver.submit(1001)).toEqual({ type: "accepted" });
    session.stop();
    await run;
  });

  it("logs the first refused requests and then says how many there were", async () => {
    const { session, wait, log } = setUp();
    const run = session.run(0);
    const { receiver } = await wait(1);
    for (let count = 0; count < 500; count++) receiver.refused("expected POST /");
    expect(log.lines.filter((line) => line.startsWith("warn:"))).toHaveLength(11);
    await receiver.submit(1001);
    expect(log.lines.at(-1)).toMatch(/"refusedRequests":500/);
    session.stop();
    await run;
  });

  it("ends when it can't listen", async () => {
    const { session, clock } = setUp(() =>
      Promise.reject(new Error("could not listen: address already in use")),
    );
    await expect(session.run(1_000)).rejects.toThrow("could not listen: address already in use");
    expect(clock.delayMs).toBeUndefined();
  });

  it("ends when it can't listen again", async () => {
    const listeners: FakeListener[] = [];
    const { follower, session } = setUp((receiver) => {
      if (listeners.length > 0) return Promise.reject(new Error("could not listen: address already in use"));
      const listener = new FakeListener(receiver);
      listeners.push(listener);
      return Promise.resolve(listener);
    });
    const run = session.run(0);
    const first = await vi.waitFor(() => listeners[0] ?? Promise.reject(new Error("it does not listen")));
    await first.receiver.submit(1001);
    await first.close();
    follower.end(1001);
    await expect(run).rejects.toThrow("could not listen: address already in use");
  });

  it("closes a listener that opened after the stop", async () => {
    const opening = Promise.withResolvers<FakeListener>();
    const { session } = setUp(() => opening.promise);
    const run = session.run(0);
    session.stop();
    const listener = new FakeListener({
      submit: () => Promise.reject(new Error("unused")),
      refused: () => undefined,
    });
    opening.resolve(listener);
    await run;
    expect(listener.isClosed).toBe(true);
  });

  it("closes a later listener that opened after the stop", async () => {
    const listeners: FakeListener[] = [];
    const opening = Promise.withResolvers<undefined>();
    const { follower, session } = setUp(async (receiver) => {
      const listener = new FakeListener(receiver);
      listeners.push(listener);
      if (listeners.length > 1) await opening.promise;
      return listener;
    });
    const run = session.run(0);
    await turn();
    await listeners[0]?.receiver.submit(1001);
    await listeners[0]?.close();
    follower.end(1001);
    await turn();
    session.stop();
    await run;
    opening.resolve(undefined);
    await turn();
    expect(listeners.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });

  it("waits, follows and waits again over HTTP at the same address", async () => {
    const opened: InitListener[] = [];
    const { follower, session } = setUp(async (receiver) => {
      const port = opened[0] === undefined ? 0 : Number(new URL(opened[0].url).port);
      const listener = await openInitListener({ host: "127.0.0.1", port }, receiver);
      opened.push(listener);
      return listener;
    });
    const run = session.run(900_000);
    const send = async (count: number, inode: string): Promise<number> => {
      const listener = await vi.waitFor(
        () => opened[count - 1] ?? Promise.reject(new Error("it does not listen")),
      );
      const { status } = await fetch(listener.url, { method: "POST", body: inode });
      if (status === 204) await listener.closed;
      return status;
    };
    expect(await send(1, "1003")).toBe(400);
    expect(await send(1, "1001")).toBe(204);
    follower.end(1001);
    expect(await send(2, "4026531836")).toBe(400);
    expect(await send(2, "1002\n")).toBe(204);
    expect([...follower.followed]).toEqual([1002]);
    session.stop();
    await run;
    expect(opened).toHaveLength(2);
  });
});
