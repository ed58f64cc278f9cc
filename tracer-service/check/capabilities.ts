import { readText, type NodeFacts } from "./nodeFacts.ts";

/** Numbers of the capabilities that the tracer can use, as in the kernel's `capability.h`. */
const bits = {
  CAP_DAC_READ_SEARCH: 2n,
  CAP_SYS_PTRACE: 19n,
  CAP_SYS_ADMIN: 21n,
  CAP_SYS_RESOURCE: 24n,
  CAP_PERFMON: 38n,
  CAP_BPF: 39n,
} as const;

/** A capability that the tracer can use. */
export type Capability = keyof typeof bits;

/** Tells which capabilities this process has in effect; undefined when /proc can't be read. */
export async function readCapabilities(
  facts: NodeFacts,
): Promise<((capability: Capability) => boolean) | undefined> {
  const status = await readText(facts, "/proc/self/status");
  const mask = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status ?? "")?.[1];
  if (mask === undefined) return undefined;
  const effective = BigInt(`0x${mask}`);
  return (capability) => ((effective >> bits[capability]) & 1n) === 1n;
}
