import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";

import type { Machine, Processor } from "./machines.ts";

const SILENCE_MS = 20 * 60_000;

/** What the tests in a machine came to. */
export interface GuestResult {
  /** As `uname` says it. */
  readonly kernel: string;
  /** vitest's report in JSON. */
  readonly report: string;
}

/** What a machine boots, and is told on its kernel's command line: its init finds these in its environment. */
export interface Boot {
  readonly kernel: string;
  readonly image: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** A processor's emulator with a board that its kernels need no driver for, and the console of that board. */
const EMULATORS: Readonly<
  Record<Processor, readonly [command: string, console: string, ...flags: string[]]>
> = {
  // Real suspend to RAM is off by default.
  amd64: [
    "qemu-system-x86_64",
    "ttyS0",
    "-machine",
    "q35",
    "-cpu",
    "max",
    "-global",
    "ICH9-LPC.disable_s3=0",
  ],
  arm64: ["qemu-system-aarch64", "ttyAMA0", "-machine", "virt", "-cpu", "cortex-a72"],
};

/**
 * Emulates a machine without network until the tests in it have ended, and switches it off. `onLine` is given what it says.
 * Throws where it ends before, or says nothing for twenty minutes.
 */
export async function runMachine(
  machine: Machine,
  boot: Boot,
  onLine: (line: string) => void,
): Promise<GuestResult> {
  const [command, console, ...flags] = EMULATORS[machine.processor];
  const variables = Object.entries(boot.variables).map(([name, value]) => `${name}=${value}`);
  const args = [
    ...[
      "-accel",
      "tcg,thread=multi",
      "-smp",
      "2",
      "-m",
      "4G",
      ...flags,
      "-nographic",
      "-no-reboot",
      "-net",
      "none",
    ],
    ...["-kernel", boot.kernel, "-initrd", boot.image, "-append"],
    `console=${console} quiet panic=-1 rootfstype=tmpfs ${variables.join(" ")}`,
  ];
  const emulator = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const silence = setTimeout(() => emulator.kill(), SILENCE_MS);
  const said = new Map<string, string>();
  try {
    for await (const line of createInterface({ input: emulator.stdout })) {
      silence.refresh();
      const [, name, value = ""] = /@(kernel|report|end) ?(.*)$/.exec(line) ?? [];
      if (name === "end") break;
      if (name === undefined) onLine(line);
      else said.set(name, value);
    }
  } finally {
    clearTimeout(silence);
    emulator.kill();
  }
  const [kernel, report] = [said.get("kernel"), said.get("report")];
  if (kernel === undefined || report === undefined) {
    throw new Error(`the machine ${machine.name} ended, or was silent for too long, before its tests did`);
  }
  return { kernel, report: gunzipSync(Buffer.from(report, "base64")).toString() };
}
