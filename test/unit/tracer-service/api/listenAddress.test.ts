import { describe, expect, it } from "vitest";

import { parseListenAddress } from "../../../../tracer-service/api/listenAddress.ts";

describe("parseListenAddress", () => {
  it.each([
    ["none", { type: "none" }],
    ["unix:/run/x/tracer.sock", { type: "unix", path: "/run/x/tracer.sock" }],
    ["127.0.0.1:7777", { type: "tcp", host: "127.0.0.1", port: 7777 }],
    ["localhost:0", { type: "tcp", host: "127.0.0.1", port: 0 }],
    ["[::1]:65535", { type: "tcp", host: "::1", port: 65_535 }],
  ])("reads %s", (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  it.each([
    ["an empty text", "", /expected unix:/],
    ["a port alone", "7777", /expected unix:/],
    ["a port that is none", "127.0.0.1:65536", /expected unix:/],
    ["all addresses", "0.0.0.0:7777", /loopback address/],
    ["another host", "node.example:7777", /loopback address/],
    ["a host that only begins like one", "127.evil.example:1", /loopback address/],
    ["a relative path", "unix:tracer.sock", /absolute path/],
    ["a folder", "unix:/run/", /absolute path/],
    ["a path upwards", "unix:/run/../tracer.sock", /absolute path/],
    ["a path longer than the kernel takes", `unix:/${"x".repeat(107)}`, /at most 107 bytes/],
  ])("refuses %s", (_name, text, why) => {
    expect(() => parseListenAddress(text)).toThrow(why);
  });
});
