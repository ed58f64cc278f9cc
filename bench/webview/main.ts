// `npm run bench:webview`: what the editor's part costs, in a real browser.
import { parseArgs } from "node:util";

import { say } from "../../scripts/say.mjs";
import type { Figure } from "../tracer/figure.ts";
import { describeMachine } from "../tracer/machine.ts";
import { formatReport } from "../tracer/report.ts";
import { launchChromium } from "./chromium.ts";
import { activation } from "./figures/activation.ts";
import { extensionHost } from "./figures/extensionHost.ts";
import { execToRow } from "./figures/execToRow.ts";
import { flood } from "./figures/flood.ts";
import { million } from "./figures/million.ts";
import { sizes } from "./figures/sizes.ts";
import { MEASURED } from "./measured.ts";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" } },
});
const DEBUG_PORT = 20_000 + (process.pid % 10_000);
const figures: Figure[] = [];
const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    abort.abort(new Error(`ended by ${signal}`));
  });
const before = describeMachine();

async function group(name: string, measure: () => Promise<readonly Figure[]>): Promise<void> {
  if (options.only !== undefined && !options.only.split(",").includes(name)) return;
  say(`measuring: ${name}`);
  try {
    figures.push(...(await measure()));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`bench:webview: could not measure ${name}: ${why}`);
  }
}

const browser = await launchChromium(DEBUG_PORT);
await group("latency", () => execToRow(browser, options.quick ? 10 : 30, abort.signal));
await group("activation", () => activation(browser, options.quick ? 3 : 10));
await group("flood", () => flood(browser, options.quick ? 3 : 10));
await group("million", () => million(browser, DEBUG_PORT, options.quick ? 100_000 : 1_000_000));
await group("host", () =>
  extensionHost(browser, DEBUG_PORT, options.quick ? 100_000 : 1_000_000, abort.signal),
);
await group("sizes", sizes);
await browser.close();
process.stdout.write(
  `\n${[`before: ${before}`, `after: ${describeMachine()}`, "", formatReport(figures, [MEASURED], [])].join("\n")}\n`,
);
