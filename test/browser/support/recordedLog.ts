import { execLine, exitLine, lostLine, START_MS } from "../../webview/support/lines.ts";

/** How many times `cc` ran in the log. */
export const COMPILATIONS = 40;

/** A log of two users: a build that folds, a loss in its midst, and a failed `git rev-parse`. */
export function recordedLog(): string {
  const at = (seconds: number): number => START_MS + seconds * 1_000;
  const lines = [
    execLine({ id: "100.1.1", argv: ["bash", "-l"], atMs: at(0) }),
    execLine({ id: "200.1.1", argv: ["make", "-j8"], parent: "100.1.1", atMs: at(5) }),
  ];
  for (let index = 0; index < COMPILATIONS; index++) {
    const id = `${1_000 + index}.1.1`;
    const atMs = at(5 + index * 0.2);
    lines.push(
      execLine({ id, argv: ["cc", "-c", `net/socket${index}.c`], parent: "200.1.1", atMs }),
      exitLine(id, atMs + 212, 200, { exit_code: index === 7 ? 1 : 0 }),
    );
  }
  const zac = { username: "zac", workspace: "code" };
  lines.push(
    lostLine(37, at(9)),
    execLine({ id: "201.1.1", argv: ["uname", "-a"], parent: "100.1.1", atMs: at(15) }),
    exitLine("201.1.1", at(15.1), 100, { exit_code: 0 }),
    execLine({ id: "300.1.1", argv: ["sh", "-c", "vitest run"], atMs: at(16), ...zac }),
    execLine({
      id: "301.1.1",
      argv: ["git", "rev-parse", "HEAD"],
      parent: "300.1.1",
      atMs: at(17),
      ...zac,
    }),
    exitLine("301.1.1", at(17.1), 4, { exit_code: 128 }),
  );
  return lines.join("");
}
