import { chromium as launcher, type Browser } from "playwright-core";

/** The browser of the benchmark: Debian's, unless `CHROMIUM` names another one. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/**
 * Starts it; `debugPort` is for what its own protocol tells of workers. A sandbox can't be made by root or in a
 * container.
 */
export async function launchChromium(debugPort: number): Promise<Browser> {
  return launcher.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", `--remote-debugging-port=${debugPort}`],
  });
}
