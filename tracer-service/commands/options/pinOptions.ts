import { InvalidArgumentError, type Command } from "commander";

/** Where programs and ring are left for the next service, and for how long. */
export interface PinOptions {
  /** A directory of bpffs, or `none`. */
  readonly pinDir: string;
  /** ms; 0: without an end. */
  readonly lease: number;
}

/** Where services that are to be restarted without a gap leave what they have in the kernel. */
export const USUAL_PIN_DIR = "/sys/fs/bpf/process-logging";

const MS_PER_UNIT: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_DAYS = 30;

/** Adds the flags of `PinOptions` to a command. */
export function addPinOptions(command: Command): Command {
  return command
    .option(
      "--pin-dir <directory>",
      `leave programs and ring here, on bpffs, when the service ends, and go on with what another left: ${USUAL_PIN_DIR}; none: the programs end with the service`,
      "none",
    )
    .option(
      "--lease <time>",
      "how long pinned programs collect while no service reads, such as 30m or 1h; 0: without an end",
      parseLease,
      3_600_000,
    );
}

/** `90s`, `30m`, `1h`, `0` → ms. */
function parseLease(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const ms = text === "0" ? 0 : Number(count) * (MS_PER_UNIT[unit] ?? Number.NaN);
  if (!(text === "0" || (ms > 0 && ms <= LONGEST_DAYS * 86_400_000))) {
    throw new InvalidArgumentError(
      `Expected a time such as 90s, 30m or 1h, at most ${String(LONGEST_DAYS)}d, or 0.`,
    );
  }
  return ms;
}
