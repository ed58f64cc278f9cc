import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  headProblem,
  parseInitBody,
  type RequestHead,
} from "../../../../tracer-service/exectrace/initRequest.ts";

function head(changes: Partial<RequestHead>): RequestHead {
  return { method: "POST", target: "/", headers: {}, ...changes };
}

describe("headProblem", () => {
  const accepted: [string, Record<string, string[]>][] = [
    ["no headers", {}],
    ["text/plain", { "content-type": ["text/plain"] }],
    ["text/plain with parameters", { "content-type": ["text/plain; charset=utf-8"] }],
    ["text/plain in capitals", { "content-type": ["Text/Plain ;charset=UTF-8"] }],
    ["a loopback Host", { host: ["127.0.0.1:56123"] }],
    ["an IPv6 loopback Host", { host: ["[::1]:56123"] }],
    ["localhost without a port", { host: ["localhost"] }],
    ["a length that fits", { "content-length": ["16"] }],
  ];
  it.each(accepted)("lets the body decide with %s", (_name, headers) => {
    expect(headProblem(head({ headers }))).toBeUndefined();
  });

  const refused: [string, Partial<RequestHead>, RegExp][] = [
    ["another method", { method: "GET" }, /POST \//],
    ["a method in lower case", { method: "post" }, /POST \//],
    ["another path", { target: "/init" }, /POST \//],
    ["a query", { target: "/?" }, /POST \//],
    ["a proxy's form of the path", { target: "http://127.0.0.1:56123/" }, /POST \//],
    ["no method and path", { method: undefined, target: undefined }, /POST \//],
    ["a web page's origin", { headers: { origin: ["https://example.com"] } }, /Origin/],
    ["an opaque origin", { headers: { origin: ["null"] } }, /Origin/],
    ["an empty origin", { headers: { origin: [""] } }, /Origin/],
    ["a name that may have been rebound", { headers: { host: ["example.com:56123"] } }, /Host/],
    ["one bad Host of two", { headers: { host: ["127.0.0.1", "example.com"] } }, /Host/],
    ["an empty Host", { headers: { host: [""] } }, /Host/],
    ["JSON", { headers: { "content-type": ["application/json"] } }, /Content-Type/],
    ["a form", { headers: { "content-type": ["application/x-www-form-urlencoded"] } }, /Content-Type/],
    ["another text type", { headers: { "content-type": ["text/plainer"] } }, /Content-Type/],
    ["an empty type", { headers: { "content-type": [""] } }, /Content-Type/],
    ["two types", { headers: { "content-type": ["text/plain", "text/plain"] } }, /Content-Type/],
    ["a compressed body", { headers: { "content-encoding": ["gzip"] } }, /Content-Encoding/],
    ["a length that does not fit", { headers: { "content-length": ["17"] } }, /at most 16 bytes/],
  ];
  it.each(refused)("refuses %s", (_name, changes, problem) => {
    expect(headProblem(head(changes))).toMatch(problem);
  });
});

function refusalOf(body: Uint8Array): string | undefined {
  const parsed = parseInitBody(body);
  return parsed.type === "invalid" ? parsed.reason : undefined;
}

describe("parseInitBody", () => {
  it.each(["4026532001", "4026532001\n", "  4026532001\r\n", "\t\v\f4026532001 ", "4026532001      "])(
    "reads %j",
    (text) => {
      expect(parseInitBody(Buffer.from(text))).toEqual({ type: "namespace", inode: 4026532001 });
    },
  );

  it.each([
    ["nothing", "", /decimal number/],
    ["only white space", " \n", /decimal number/],
    ["two numbers", "4026532 402653", /decimal number/],
    ["a zero byte", "4026532001\0", /decimal number/],
    ["white space of other scripts", "\u00a04026532001", /decimal number/],
    ["more than 16 bytes", "4026532001       ", /at most 16 bytes/],
    ["the node's namespace", "4026531836", /hostPID/],
  ])("refuses %s", (_name, text, reason) => {
    expect(refusalOf(Buffer.from(text))).toMatch(reason);
  });

  it("accepts of all bytes only digits between white space", () => {
    const mostlyDigits = fc.oneof(fc.constantFrom(...Buffer.from("0123456789 \n")), fc.nat(255));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 20 }),
        fc.array(mostlyDigits, { maxLength: 18 }),
        (any, likely) => {
          for (const body of [any, Uint8Array.from(likely)]) {
            const digits = /^\s*([1-9]\d*)\s*$/.exec(Buffer.from(body).toString("ascii"))?.[1];
            const valid = body.every((byte) => byte < 0x80) && body.length <= 16 && digits !== undefined;
            const inode = Number(digits);
            const inRange = inode <= 0xffff_ffff && inode !== 4026531836;
            if (valid && inRange) expect(parseInitBody(body)).toEqual({ type: "namespace", inode });
            else expect(refusalOf(body)).toMatch(/^[^\n]+$/);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
