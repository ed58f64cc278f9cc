import { beforeEach, describe, expect, it } from "vitest";
import { Reconnector } from "../../../../extension/source/reconnector.ts";
import { FakeClock } from "../fakeClock.ts";

describe("Reconnector", () => {
  let clock: FakeClock;
  let tries: number;
  let states: string[];
  let reconnector: Reconnector;

  beforeEach(() => {
    clock = new FakeClock();
    tries = 0;
    states = [];
    reconnector = new Reconnector({
      clock,
      connect: () => tries++,
      onState: () => states.push(reconnector.state.type),
    });
    reconnector.start();
  });

  it("tries at the start, and again after a wait for as long as it fails", () => {
    expect(tries).toBe(1);
    expect(reconnector.state).toEqual({ type: "connecting" });
    for (let failures = 1; failures <= 3; failures++) {
      reconnector.failed("nobody is there", false);
      expect(tries).toBe(failures);
      clock.advance(60_000);
      expect(tries).toBe(failures + 1);
    }
    reconnector.connected();
    expect(states.at(-1)).toBe("connected");
    expect(clock.pendingTimers).toBe(0);
  });

  it("tries once when it is asked to while it waits", () => {
    reconnector.failed("nobody is there", false);
    reconnector.retry();
    expect(tries).toBe(2);
    clock.advance(60_000);
    expect(tries).toBe(2);
  });

  it("leaves a connection alone that somebody asks to try again", () => {
    reconnector.connected();
    reconnector.retry();
    expect(tries).toBe(1);
  });

  it("tries only for the user after a failure that is final", () => {
    reconnector.failed("that token is not accepted", true);
    clock.advance(600_000);
    expect(tries).toBe(1);
    reconnector.retry();
    expect(tries).toBe(2);
  });

  it("does nothing more once it is disposed of", () => {
    reconnector.failed("nobody is there", false);
    reconnector.dispose();
    reconnector.failed("nobody is there", false);
    reconnector.retry();
    clock.advance(60_000);
    expect(tries).toBe(1);
    expect(states).toEqual(["disconnected"]);
  });
});
