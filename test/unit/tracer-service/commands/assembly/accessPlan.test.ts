import { Command } from "commander";
import { describe, expect, it } from "vitest";

import {
  addAccessOptions,
  type AccessOptions,
} from "../../../../../tracer-service/commands/options/accessOptions.ts";
import { planAccess } from "../../../../../tracer-service/commands/assembly/accessPlan.ts";
import { kubeconfigOption } from "../../../../../tracer-service/commands/options/kubeconfigOption.ts";

function plan(...args: string[]) {
  const command = addAccessOptions(new Command()).addOption(kubeconfigOption()).exitOverride();
  return planAccess(command.parse(args, { from: "user" }).opts<AccessOptions>());
}

const AUTH = ["--auth", "kubernetes"];
const TLS = ["--metrics-tls-cert", "c", "--metrics-tls-key", "k"];

describe("planAccess", () => {
  it("has nothing to plan without the flag", () => {
    expect(plan()).toBeUndefined();
  });

  it("has a default for everything", () => {
    expect(plan(...AUTH)).toEqual({
      ...{ permission: "processes", audience: "processlogging.dev", cacheMs: 30_000, kubeconfig: undefined },
      ...{ probeSocket: "/run/process-logging/probe.sock", metrics: undefined },
    });
  });

  it("takes what it is told", () => {
    const more = [
      "--authorize",
      "pods/log",
      "--audience",
      "a",
      "--access-cache",
      "5",
      "--probe-socket",
      "none",
    ];
    expect(plan(...AUTH, ...more, "--kubeconfig", "f")).toMatchObject({
      ...{ permission: "pods/log", audience: "a", cacheMs: 5_000, kubeconfig: "f", probeSocket: undefined },
    });
  });

  it.each([
    ["0.0.0.0:9443", "0.0.0.0", 9443],
    ["[::]:9443", "::", 9443],
  ])("serves metrics on %s, for the same audience or their own", (address, host, port) => {
    const metrics = { host, port, certFile: "c", keyFile: "k" };
    expect(plan(...AUTH, "--metrics-listen", address, ...TLS)?.metrics).toEqual({
      ...{ ...metrics, audience: "processlogging.dev" },
    });
    expect(
      plan(...AUTH, "--metrics-listen", address, ...TLS, "--metrics-audience", "https://api")?.metrics,
    ).toEqual({ ...metrics, audience: "https://api" });
  });

  it.each([
    [
      "metrics without access control",
      ["--metrics-listen", "0.0.0.0:1", ...TLS],
      /goes with --auth kubernetes/,
    ],
    ["metrics without TLS", [...AUTH, "--metrics-listen", "0.0.0.0:1"], /tokens never go unencrypted/],
    ["TLS without metrics", [...AUTH, ...TLS], /go with --metrics-listen/],
    ["a host name", [...AUTH, "--metrics-listen", "localhost:1", ...TLS], /expected an address such as/],
    [
      "an IPv6 address without brackets",
      [...AUTH, "--metrics-listen", "::1:9443", ...TLS],
      /expected an address/,
    ],
    ["a port that is none", [...AUTH, "--metrics-listen", "0.0.0.0:70000", ...TLS], /expected an address/],
    ["an empty audience", [...AUTH, "--audience", ""], /--audience is empty/],
    ["a probe socket somewhere", [...AUTH, "--probe-socket", "probe.sock"], /expected an absolute path/],
  ])("refuses %s", (_name, args, why) => {
    expect(() => plan(...args)).toThrow(why);
  });
});
