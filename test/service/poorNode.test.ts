import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { recordFault } from "../soak/recordFault.ts";
import { lostExecs, withArgument } from "./support/logLine.ts";
import { hiding } from "./support/poorNode.ts";
import { TracedHost } from "./support/tracedHost.ts";

const manyExecs = 'i=0; while [ $i -lt "$1" ]; do i=$((i + 1)); /bin/true "n$i"; done';

describeKernel("a node that lacks something which tracing can do without", () => {
  let host: TracedHost;
  beforeEach(() => {
    host = new TracedHost();
  });
  afterEach(async () => {
    await host.close();
  });

  it.each([
    [
      "a bpffs that is mounted",
      hiding("/sys/fs/bpf"),
      ["--pin-dir", "/sys/fs/bpf/wpl-test"],
      // It mounts one.
      '"pinned":true',
    ],
    ["tracefs", hiding("/sys/kernel/tracing"), []],
    ["debugfs", hiding("/sys/kernel/debug"), []],
    // Only before Linux 5.11 does the kernel count a program's memory by this limit.
    ["memory that may be locked", ["prlimit", "--memlock=0"], []],
    ["more than 128 descriptors", ["prlimit", "--nofile=128"], []],
    ["room for core files and files of any size", ["prlimit", "--core=0", "--fsize=1048576"], []],
  ])("traces without %s, and loses nothing", async (lack, through, flags, says = "tracing") => {
    const stateDir = join(host.directory, "state");
    const service = await host.trace(["--state-dir", stateDir, ...flags], { through });
    expect(service.stderr).toContain(says);
    await host.workspace("jessie", "main").sh(manyExecs, "100");
    await service.until("the last is logged", () => withArgument(service.log, "n100").length > 0);
    expect((await service.stop()).code).toBe(0);
    const logged = service.log.filter(({ msg }) => msg === "exec").length;
    expect({ logged, lost: lostExecs(service.log) }).toEqual({ logged: 101, lost: 0 });
    recordFault({ fault: `without ${lack}`, rounds: 1, executed: 101, logged });
  });
});
