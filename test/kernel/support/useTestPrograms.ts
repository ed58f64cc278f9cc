import { afterAll } from "vitest";

import { TestPrograms } from "./testPrograms.ts";

/** Programs for all tests of a suite, which are removed after the last. */
export function useTestPrograms(): TestPrograms {
  const programs = new TestPrograms();
  afterAll(() => {
    programs.remove();
  });
  return programs;
}
