import { describe, expect, it } from "vitest";

import { calledAs } from "../../../../tracer-service/commands/calledAs.ts";

describe("calledAs", () => {
  it.each([
    ["the drop-in's name", ["node", "/opt/exectrace", "--label", "a=b"], ["exectrace", "--label", "a=b"]],
    ["the drop-in's name alone", ["node", "exectrace"], ["exectrace"]],
    ["the service's name", ["node", "/usr/local/bin/tracer-service", "run"], ["run"]],
    ["the built file", ["node", "/opt/dist/main.js", "exectrace"], ["exectrace"]],
    ["a name that only contains it", ["node", "/opt/exectrace2", "run"], ["run"]],
  ])("takes the command from %s", (_, argv, expected) => {
    expect(calledAs(argv).slice(2)).toEqual(expected);
  });
});
