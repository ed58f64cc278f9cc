import { describe, expect, it } from "vitest";
import { runtimePackages, startProgram } from "../../../scripts/stageService.mjs";

describe("the packages that the service may import", () => {
  it("are all but those for development, each with what lies inside of it", () => {
    const lock = {
      packages: {
        "": {},
        "node_modules/ws": {},
        "node_modules/pino": {},
        "node_modules/pino/node_modules/split2": {},
        "node_modules/eslint": { dev: true },
        "node_modules/eslint/node_modules/ajv": { dev: true },
        "node_modules/both": { devOptional: true },
        "node_modules/ws-types": {},
      },
    };
    expect(runtimePackages(JSON.stringify(lock))).toEqual([
      "node_modules/ws",
      "node_modules/pino",
      "node_modules/ws-types",
    ]);
  });
});

describe("the program that starts the service", () => {
  it("takes over the flags that the build chose", () => {
    expect(startProgram("#!/usr/bin/env -S node --one --two=3", "/usr/lib/x")).toBe(
      '#!/bin/sh\nexec /usr/lib/x/node --one --two=3 /usr/lib/x/dist/tracer-service/main.js "$@"\n',
    );
  });

  it("is not made of a build that does not say how to run", () => {
    expect(() => startProgram("import x", "/usr/lib/x")).toThrow("does not say how to run it");
  });
});
