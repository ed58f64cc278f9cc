import { describe, expect, it } from "vitest";
import { longestText, shortenTexts } from "../../../../tracer-service/output/shortenTexts.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "./fixtureEvents.ts";

const base64 = (latin1: string): string => Buffer.from(latin1, "latin1").toString("base64");

describe("shortenTexts", () => {
  it("cuts each text that is too long, says which, and leaves the rest alone", () => {
    const event = fixtureExec({ cwd: "/a/long/directory", cgroup: "/workspaces/jessie/main" });
    expect(shortenTexts(event, 14)).toEqual({
      event: { ...event, cwd: "/a/long…rectory", cgroup: "/worksp…ie/main" },
      cutFields: ["cwd", "cgroup"],
    });
  });

  it("returns the event itself when nothing is too long", () => {
    const event = fixtureExec();
    expect(shortenTexts(event, longestText(event)).event).toBe(event);
  });

  it("keeps the bytes of what is still shown, and no others", () => {
    const raw = {
      argv: [null, "/w=="],
      exe: base64("\xffbcdefgh"),
      cwd: base64("abcd\xffefgh"),
      comm: "/w==",
    };
    const event = fixtureExec({
      exe: "\ufffdbcdefgh",
      filename: "f",
      cwd: "abcd\ufffdefgh",
      comm: "\ufffd",
      raw,
    });
    expect(shortenTexts(event, 4).event).toMatchObject({ exe: "\ufffdb…gh", cwd: "ab…gh" });
    expect(shortenTexts(event, 4).event).toHaveProperty("raw", {
      argv: [null, "/w=="],
      comm: "/w==",
      exe: base64("\xffb\xe2\x80\xa6gh"),
    });
  });

  it("drops the bytes when none are needed any more", () => {
    const event = fixtureExec({ cwd: "abcd\ufffdefgh", raw: { cwd: base64("abcd\xffefgh") } });
    expect(shortenTexts(event, 4).event).toHaveProperty("raw", undefined);
  });

  it("cuts by the bytes in a loss, too", () => {
    const event = fixtureLost({
      cgroup: "abcd\ufffdefg\ufffd",
      raw: { cgroup: base64("abcd\xffefg\xff"), program: "/w==" },
    });
    expect(shortenTexts(event, 4).event).toMatchObject({
      cgroup: "ab…g\ufffd",
      raw: { cgroup: base64("ab\xe2\x80\xa6g\xff"), program: "/w==" },
    });
  });

  it("finds nothing to cut in an exit, and the cgroup in a loss", () => {
    expect(shortenTexts(fixtureExit(), 0).cutFields).toEqual([]);
    expect(shortenTexts(fixtureLost(), 0)).toMatchObject({ event: { cgroup: "…" }, cutFields: ["cgroup"] });
  });

  it("measures the longest text in bytes where it is not UTF-8", () => {
    expect(longestText(fixtureExec({ cwd: "\ufffd".repeat(20) }))).toBe(20);
    expect(longestText(fixtureExec({ cwd: "\ufffd", raw: { cwd: base64("\xe2\x80".repeat(20)) } }))).toBe(40);
    expect(longestText(fixtureExit())).toBe(0);
  });
});
