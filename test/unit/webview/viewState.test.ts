import { describe, expect, it } from "vitest";
import { FIRST_STATE, parseViewState } from "../../../webview/viewState.ts";

describe("parseViewState", () => {
  it("takes back what was kept", () => {
    const state = { widths: { pid: 90 }, detailsOpen: false, expression: "cmd:x" };
    expect(parseViewState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it.each([
    ["nothing", undefined],
    ["text", "x"],
    ["null", null],
    ["wrong types", { widths: 3, detailsOpen: 1, expression: {} }],
  ])("begins anew with %s", (_name, value) => {
    expect(parseViewState(value)).toEqual(FIRST_STATE);
  });

  it("drops unknown columns and keeps widths within what a screen can show", () => {
    const { widths } = parseViewState({ widths: { pid: -5, user: 1e9, cwd: Number.NaN, evil: 50 } });
    expect(widths).toEqual({ pid: 40, user: 2_000, cwd: 40 });
  });
});
