import { describe, expect, it } from "vitest";
import { initUrl, parseInitAddress } from "../../../../tracer-service/exectrace/initAddress.ts";

describe("parseInitAddress", () => {
  it.each([
    ["127.0.0.1:56123", "127.0.0.1", 56123, "http://127.0.0.1:56123"],
    ["127.1.2.3:1", "127.1.2.3", 1, "http://127.1.2.3:1"],
    ["[::1]:65535", "::1", 65535, "http://[::1]:65535"],
    ["localhost:56123", "127.0.0.1", 56123, "http://127.0.0.1:56123"],
    ["LocalHost:80", "127.0.0.1", 80, "http://127.0.0.1:80"],
  ])("reads %s", (text, host, port, url) => {
    expect(parseInitAddress(text)).toEqual({ host, port });
    expect(initUrl({ host, port })).toBe(url);
  });

  it.each([
    "0.0.0.0:56123",
    ":56123",
    "[::]:56123",
    "[::ffff:127.0.0.1]:56123",
    "::1:56123",
    "10.0.0.7:56123",
    "127.0.0.1.example.com:56123",
    "127.1:56123",
    "2130706433:56123",
    "localhost.example.com:56123",
    "workspace:56123",
  ])("refuses %s, which is no loopback address", (text) => {
    expect(() => parseInitAddress(text)).toThrow(
      /^--init-address: expected a loopback address such as 127\.0\.0\.1:/,
    );
  });

  it.each([
    "",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "127.0.0.1:http",
    "127.0.0.1:056",
    "56123",
  ])("refuses %j, which has no port", (text) => {
    expect(() => parseInitAddress(text)).toThrow(/^--init-address: expected an address such as .*, found "/);
  });

  it("complains in one line of an address with line breaks", () => {
    expect(() => parseInitAddress("a\nb:80")).toThrow(/^[^\n]+$/);
  });
});
