import { describe, expect, it } from "vitest";
import { availableCommands } from "../../../../extension/commands/availableCommands.ts";
import { isEnabled } from "../../../../extension/commands/enablement.ts";

describe("isEnabled", () => {
  const isSet = (key: string): boolean => key === "a.on";
  it.each([
    [undefined, true],
    ["a.on", true],
    ["!a.on", false],
    ["a.off", false],
    ["a.on && !a.off", true],
    ["a.on && a.off", false],
    ["a.on || a.off", false],
    ["", false],
  ])("%j", (enablement, expected) => {
    expect(isEnabled(enablement, isSet)).toBe(expected);
  });
});

describe("availableCommands", () => {
  const commands = [
    { command: "p.one", title: { value: "Eins", original: "One" }, category: "P", icon: "$(plug)" },
    { command: "p.two", title: "Two", category: "P", enablement: "p.key" },
    { command: "p.menu", title: "Menu" },
    { command: "p.hidden", title: "Hidden", category: "P" },
    "nonsense",
  ];
  const ids = (isSet: boolean): string[] =>
    availableCommands({ contributes: { commands } }, () => isSet, new Set(["p.hidden"])).map(({ id }) => id);

  it("lists what can run now, without commands of menus", () => {
    expect(ids(false)).toEqual(["p.one"]);
    expect(ids(true)).toEqual(["p.one", "p.two"]);
  });

  it("shows translated titles", () => {
    expect(availableCommands({ contributes: { commands } }, () => false, new Set())[0]).toEqual({
      id: "p.one",
      title: "Eins",
      icon: "$(plug)",
    });
  });

  it("lists nothing of a manifest that is none", () => {
    expect(availableCommands(undefined, () => true, new Set())).toEqual([]);
  });
});
