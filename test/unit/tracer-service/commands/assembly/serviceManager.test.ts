import { describe, expect, it } from "vitest";

import {
  ServiceManager,
  type ServiceManagerEnvironment,
} from "../../../../../tracer-service/commands/assembly/serviceManager.ts";

const ADDRESS = "/run/systemd/notify";
const PID = 42;

class Manager {
  readonly told: string[] = [];
  readonly warnings: string[] = [];
  readonly intervalsMs: number[] = [];
  cancelled = 0;
  deaf = false;
  tick: () => void = () => undefined;

  start(environment: ServiceManagerEnvironment): ServiceManager {
    return new ServiceManager(environment, {
      pid: PID,
      send: (address, text) => {
        expect(address).toBe(ADDRESS);
        if (this.deaf) throw new Error("nobody hears");
        this.told.push(text);
      },
      every: (intervalMs, callback) => {
        this.intervalsMs.push(intervalMs);
        this.tick = callback;
        return () => this.cancelled++;
      },
      log: { warn: (_fields, message) => this.warnings.push(message) },
    });
  }
}

describe("a service manager", () => {
  it("hears that the service is ready, and that it ends", () => {
    const manager = new Manager();
    const service = manager.start({ NOTIFY_SOCKET: ADDRESS });
    service.ready();
    service.stopping();
    service.close();
    expect(manager.told.map((each) => each.split("\n")[0])).toEqual(["READY=1", "STOPPING=1"]);
    expect(manager.intervalsMs).toEqual([]);
  });

  it("gets a sign of life twice in its time, until the service is closed", () => {
    const manager = new Manager();
    const service = manager.start({
      NOTIFY_SOCKET: ADDRESS,
      WATCHDOG_USEC: "30000000",
      WATCHDOG_PID: String(PID),
    });
    expect(manager.intervalsMs).toEqual([15_000]);
    manager.tick();
    service.stopping();
    manager.tick();
    expect(manager.told.filter((each) => each === "WATCHDOG=1")).toHaveLength(2);
    service.close();
    expect(manager.cancelled).toBe(1);
  });

  it.each([
    { name: "another process", environment: { WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" } },
    { name: "nobody", environment: {} },
    { name: "something unreadable", environment: { WATCHDOG_USEC: "soon" } },
  ])("that expects signs of life of $name gets none", ({ environment }) => {
    const manager = new Manager();
    manager.start({ NOTIFY_SOCKET: ADDRESS, ...environment });
    expect(manager.intervalsMs).toEqual([]);
  });

  it.each([undefined, ""])("that is not there (%j) is told nothing", (address) => {
    const manager = new Manager();
    const service = manager.start({ NOTIFY_SOCKET: address, WATCHDOG_USEC: "30000000" });
    service.ready();
    expect(manager.told).toEqual([]);
    expect(manager.intervalsMs).toEqual([]);
  });

  it("that does not hear is said once, and stops nothing", () => {
    const manager = new Manager();
    manager.deaf = true;
    const service = manager.start({ NOTIFY_SOCKET: ADDRESS });
    service.ready();
    service.stopping();
    expect(manager.warnings).toEqual(["the service manager can't be told how this is"]);
  });
});
