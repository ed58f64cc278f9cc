import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { readText, type NodeFacts } from "./nodeFacts.ts";

/** How the running kernel was built. */
export interface KernelConfig {
  /** The file that it was read from. */
  readonly source: string;
  /** Whether an option such as `CONFIG_BPF_SYSCALL` is built in. */
  isOn(option: string): boolean;
}

const maxConfigBytes = 4 * 1024 * 1024;

/** Reads /proc/config.gz or /boot/config-RELEASE; undefined when neither can be read, as in most containers. */
export async function readKernelConfig(facts: NodeFacts): Promise<KernelConfig | undefined> {
  const packed = "/proc/config.gz";
  const { bytes } = await facts.read(packed);
  const unpacked = bytes && (await unpack(bytes));
  if (unpacked !== undefined) return toKernelConfig(packed, unpacked);
  const release = (await readText(facts, "/proc/sys/kernel/osrelease"))?.trim();
  if (!release) return undefined;
  const plain = `/boot/config-${release}`;
  const text = await readText(facts, plain);
  return text === undefined ? undefined : toKernelConfig(plain, text);
}

async function unpack(bytes: Buffer): Promise<string | undefined> {
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: maxConfigBytes })).toString("utf8");
  } catch {
    return undefined;
  }
}

function toKernelConfig(source: string, text: string): KernelConfig {
  const on = new Set(Array.from(text.matchAll(/^(CONFIG_\w+)=y$/gm), (match) => match[1]));
  return { source, isOn: (option) => on.has(option) };
}
