import { afterEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { lostExecs, parseTimestamp } from "./support/logLine.ts";
import { TracedHost } from "./support/tracedHost.ts";

const execsOf = 'i=0; while [ $i -lt "$1" ]; do i=$((i + 1)); /bin/true; done';

describeKernel("a service that is stopped while its ring fills", () => {
  let host: TracedHost;
  afterEach(async () => {
    await host.close();
  });

  it("accounts for every exec of every workspace: logged + lost = executed", async () => {
    host = new TracedHost();
    const service = await host.trace(["--ring-size", "0.0625"]);
    const executed = { jessie: 700, eve: 300, late: 200 };
    const workspaces = { jessie: host.workspace("jessie", "main"), eve: host.workspace("eve", "main") };
    const beforeNs = BigInt(Date.now()) * 1_000_000n;
    service.signal("SIGSTOP");
    await Promise.all([
      workspaces.jessie.sh(execsOf, String(executed.jessie)),
      workspaces.eve.sh(execsOf, String(executed.eve)),
    ]);
    // The notice of this one's cgroup finds no place in the ring either.
    await host.workspace("late", "main").sh(execsOf, String(executed.late));
    const afterNs = (BigInt(Date.now()) + 1n) * 1_000_000n;
    service.signal("SIGCONT");
    await service.until("losses are told", () => lostExecs(service.log) > 0);
    await service.stop();

    for (const [username, count] of Object.entries(executed)) {
      const lines = service.log.filter((line) => line.fields.labels["username"] === username);
      const logged = lines.filter((line) => line.msg === "exec").length;
      // The shell that ran them is an exec, too.
      expect({ username, all: logged + lostExecs(lines) }).toEqual({ username, all: count + 1 });
      expect({ username, lost: lostExecs(lines) > 0 }).toEqual({ username, lost: true });
    }
    for (const line of service.log.filter(({ msg }) => msg === "lost")) {
      expect(line.level).toBe("WARN");
      const { event, labels } = line.fields;
      const times = [
        beforeNs,
        parseTimestamp(String(event["first"])),
        parseTimestamp(String(event["last"])),
        afterNs,
      ];
      expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
      expect(event["reason"]).toBe("ring_full");
      if (event["kind"] === "exec") expect(labels).toMatchObject({ workspace_name: "main" });
    }
  });

  it("logs as before once it goes on", async () => {
    host = new TracedHost();
    const service = await host.trace(["--ring-size", "0.0625"]);
    const workspace = host.workspace("jessie", "main");
    service.signal("SIGSTOP");
    await workspace.sh(execsOf, "500");
    service.signal("SIGCONT");
    await service.until("losses are told", () => lostExecs(service.log) > 0);
    const lost = lostExecs(service.log);
    const logged = service.log.filter((line) => line.msg === "exec").length;
    await workspace.sh(execsOf, "50");
    await service.stop();
    expect(lostExecs(service.log)).toBe(lost);
    expect(service.log.filter((line) => line.msg === "exec")).toHaveLength(logged + 51);
  });
});
