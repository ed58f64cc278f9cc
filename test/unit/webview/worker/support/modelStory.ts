import { execLine, exitLine, lostLine, START_MS } from "../../../../webview/support/lines.ts";
import { ModelDriver } from "./modelDriver.ts";

/** That many seconds after the beginning. */
export const at = (seconds: number): number => START_MS + seconds * 1_000;

/** A shell, a make below it with two programs, and what became of one of them. */
export const STORY = [
  execLine({ id: "10.1.1", argv: ["bash"], atMs: at(0) }),
  execLine({ id: "20.5.1", argv: ["make"], parent: "10.1.1", atMs: at(1) }),
  execLine({ id: "30.6.1", argv: ["sh", "-c", "cc"], parent: "20.5.1", atMs: at(2) }),
  execLine({ id: "31.6.1", argv: ["date"], parent: "30.6.1", atMs: at(2.5) }),
  execLine({ id: "30.6.2", argv: ["cc"], parent: "20.5.1", atMs: at(3) }),
  execLine({ id: "40.7.1", argv: ["ld"], parent: "20.5.1", atMs: at(4) }),
  exitLine("31.6.1", at(2.6), 90, { exit_code: 0 }),
  exitLine("30.6.2", at(3.5), 1_400, { exit_code: 1 }),
  exitLine("40.7.1", at(5), 990, { signal: 9, signal_name: "SIGKILL" }),
  lostLine(37, at(6)),
];
/** The tree of it. */
export const PICTURE = [
  "bash",
  "  make",
  "    sh -c cc",
  "      date",
  "    became cc",
  "    ld",
  "37 exec lost",
];

/** A model that has been told these lines. */
export function driven(...lines: readonly string[]): ModelDriver {
  const driver = new ModelDriver();
  driver.events(lines.join(""));
  return driver;
}
