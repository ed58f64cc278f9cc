import { describe, expect, it } from "vitest";

import { planListening } from "../../../../../tracer-service/commands/assembly/listenPlan.ts";

const plan = (flags: object, byDefault = true): unknown =>
  planListening({ listen: undefined, listenGroup: undefined, tokenFile: undefined, ...flags }, byDefault, 0);
const DEFAULT = "/run/process-logging/tracer.sock";

describe("planListening", () => {
  it.each([
    ["can do without the default socket", {}, true, { path: DEFAULT, gid: undefined, required: false }],
    [
      "needs the default socket once a group is to read it",
      { listenGroup: "12" },
      true,
      { path: DEFAULT, gid: 12, required: true },
    ],
    [
      "needs the socket that was asked for",
      { listen: "unix:/x" },
      false,
      { path: "/x", gid: undefined, required: true },
    ],
    [
      "finds a group by its name",
      { listen: "unix:/x", listenGroup: "root" },
      true,
      { path: "/x", gid: 0, required: true },
    ],
  ])("%s", (_name, flags, byDefault, planned) => {
    expect(plan(flags, byDefault)).toEqual({ type: "unix", ...planned });
  });

  it.each([
    ["none", { listen: "none" }, true],
    ["nothing by default", {}, false],
  ])("plans no API for %s", (_name, flags, byDefault) => {
    expect(plan(flags, byDefault)).toEqual({ type: "none" });
  });

  it("lets the API server decide on a port's readers", () => {
    const options = { listen: "127.0.0.1:7070", listenGroup: undefined, tokenFile: undefined };
    const access = { permission: "processes", audience: "a", cacheMs: 1, kubeconfig: undefined } as const;
    const whole = { ...access, probeSocket: undefined, metrics: undefined };
    const kubernetes = { type: "kubernetes", host: "127.0.0.1", port: 7070, access: whole };
    expect(planListening(options, true, 0, whole)).toEqual(kubernetes);
    expect(() => planListening({ ...options, listen: undefined }, true, 0, whole)).toThrow(/HOST:PORT/);
    expect(() => planListening({ ...options, tokenFile: "/x" }, true, 0, whole)).toThrow(
      /exclude each other/,
    );
  });

  it.each([
    ["an address without a token", { listen: "127.0.0.1:1" }, /needs --token-file/],
    ["a token file that is missing", { listen: "127.0.0.1:1", tokenFile: "/no/token" }, /ENOENT/],
    ["a token for a socket", { tokenFile: "/x" }, /goes with --listen HOST:PORT/],
    ["a group for an address", { listen: "127.0.0.1:1", listenGroup: "1" }, /goes with a Unix socket/],
    ["a group that is none", { listenGroup: "no such group" }, /there is no group "no such group"/],
    ["a group number that is none", { listenGroup: "4294967295" }, /there is no group/],
  ])("refuses %s", (_name, flags, why) => {
    expect(() => plan(flags)).toThrow(why);
  });
});
