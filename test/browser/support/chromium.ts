import { existsSync } from "node:fs";

/** The browser of the tests: Debian's, unless `CHROMIUM` names another one. */
export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** A sandbox can't be made by root or in a container, and test machines have no graphics card. */
export const CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic"];

/** Why tests in a browser can't run on this machine; undefined where they can. */
export function chromiumObstacle(): string | undefined {
  return existsSync(CHROMIUM) ? undefined : `there is no browser at ${CHROMIUM}: set CHROMIUM to one`;
}
