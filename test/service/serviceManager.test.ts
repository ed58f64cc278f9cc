import { spawn, type ChildProcess } from "node:child_process";
import { afterEach, beforeEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { TestPrograms } from "../kernel/support/testPrograms.ts";
import { TracedHost } from "./support/tracedHost.ts";
import { until } from "./support/until.ts";

describeKernel("the service manager", () => {
  let host: TracedHost;
  let programs: TestPrograms;
  let receiver: ChildProcess;
  let heard: string[];

  beforeEach(async () => {
    host = new TracedHost();
    programs = new TestPrograms();
    receiver = spawn(programs.path("receive_datagrams"), [programs.file("notify")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    heard = [];
    let text = "";
    receiver.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      heard = text.split("\n").slice(0, -1);
    });
    await until("the socket is there", () => heard.includes("bound"));
  });

  afterEach(async () => {
    receiver.kill();
    await host.close();
    programs.remove();
  });

  const notified = (...watchdog: string[]): readonly string[] => [
    "env",
    `NOTIFY_SOCKET=${programs.file("notify")}`,
    ...watchdog,
  ];

  it("hears when programs are logged from, gets signs of life, and hears of the end", async () => {
    const service = await host.trace([], { through: notified("WATCHDOG_USEC=200000") });
    await until("it is ready", () => heard.includes("READY=1 STATUS=tracing"));
    await until("it shows life", () => heard.filter((each) => each === "WATCHDOG=1").length >= 3);
    await service.stop();
    await until("it ends", () => heard.some((each) => each.startsWith("STOPPING=1")));
  });

  it("gets no sign of life from a service that hangs", async () => {
    const service = await host.trace([], { through: notified("WATCHDOG_USEC=200000") });
    await until("it shows life", () => heard.includes("WATCHDOG=1"));
    service.signal("SIGSTOP");
    // What was sent before the stop may still be on its way.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = heard.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(heard).toHaveLength(before);
    service.signal("SIGCONT");
    await until("it shows life again", () => heard.length > before);
  });

  it("that is gone stops nothing", async () => {
    receiver.kill();
    const service = await host.trace([], { through: notified() });
    await service.said("the service manager can't be told");
    await host.workspace("jessie", "main").run(["/bin/true", "marker"]);
    const { code, stdout } = await service.stop();
    expect(code).toBe(0);
    expect(stdout).toContain("marker");
  });
});
