import { describe, expect, it } from "vitest";
import { parseTargetUrl, targetHost, targetId } from "../../../../extension/source/connectionTarget.ts";

describe("parseTargetUrl", () => {
  it.each([
    ["https://tracer.example.com", "https://tracer.example.com/"],
    ["wss://tracer.example.com:8443/base", "https://tracer.example.com:8443/base/"],
    [" http://127.0.0.1:7070/ ", "http://127.0.0.1:7070/"],
    ["ws://localhost:7070", "http://localhost:7070/"],
    ["http://[::1]:7070", "http://[::1]:7070/"],
    ["http://0x7f000001:7070", "http://127.0.0.1:7070/"],
    ["HTTPS://Tracer.Example.COM", "https://tracer.example.com/"],
  ])("takes %s", (text, url) => {
    expect(parseTargetUrl(text)).toEqual({ type: "url", url });
  });

  it.each([
    ["tracer", "is no URL"],
    ["file:///etc/passwd", "must begin with"],
    ["https://jessie:secret@tracer.example.com", "no user or password"],
    ["https://tracer.example.com/?token=secret", "no ? or # part"],
    ["https://tracer.example.com/#secret", "no ? or # part"],
    ["http://tracer.example.com", "others could read the token"],
    ["ws://10.0.0.1:7070", "others could read the token"],
    ["http://localhost.example.com", "others could read the token"],
    ["http://127.0.0.1.example.com", "others could read the token"],
  ])("refuses %s, without repeating it", (text, why) => {
    let message = "";
    try {
      parseTargetUrl(text);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(why);
    expect(message).not.toContain("secret");
  });
});

describe("a target", () => {
  const unix = { type: "unix", socketPath: "/run/x.sock" } as const;
  const loopback = parseTargetUrl("http://127.0.0.1:7070");
  const remote = parseTargetUrl("https://tracer.example.com:8443");

  it("has the same id for the same tracer", () => {
    expect([unix, remote, parseTargetUrl("wss://TRACER.example.com:8443")].map(targetId)).toEqual([
      "tracer:unix:/run/x.sock",
      "tracer:https://tracer.example.com:8443/",
      "tracer:https://tracer.example.com:8443/",
    ]);
  });

  it("names the machine that it leads to", () => {
    expect([unix, loopback, remote].map((target) => targetHost(target, "laptop"))).toEqual([
      "laptop",
      "laptop (127.0.0.1:7070)",
      "tracer.example.com:8443",
    ]);
  });
});
