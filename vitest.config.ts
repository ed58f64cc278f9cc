import { defineConfig } from "vitest/config";
import { suiteFolder, VITEST_SUITES } from "./scripts/testSuites.mjs";

/** For tests that share this machine's kernel: one process, one file after the other, and time for slow machines. */
const serial = {
  pool: "forks",
  fileParallelism: false,
  isolate: false,
  testTimeout: 30_000,
  hookTimeout: 60_000,
} as const;

/** An editor in a browser takes its time, above all when it starts. */
const inEditor = { ...serial, testTimeout: 120_000, hookTimeout: 180_000 } as const;

/** Pods take seconds to start, and more where many do at a time. */
const onCluster = { ...serial, testTimeout: 180_000, hookTimeout: 300_000 } as const;

function optionsOf(name: (typeof VITEST_SUITES)[number]): object {
  // However busy the machine is: what hangs is found all the same.
  if (name === "unit") return { testTimeout: 60_000 };
  if (name === "cluster") return onCluster;
  return name === "browser" ? inEditor : serial;
}

export default defineConfig({
  test: {
    projects: VITEST_SUITES.map((name) => ({
      test: { name, include: [`${suiteFolder(name)}/**/*.test.ts`], ...optionsOf(name) },
    })),
  },
});
