import { EarlierLoad } from "./earlierLoad.ts";
import type { KernelTracerOptions } from "./kernelTracer.ts";
import { openLibbpf, type Libbpf } from "./libbpf.ts";
import { encodeConfig } from "./loadPrograms.ts";
import { ProcessesBefore } from "./processesBefore.ts";
import { programIdentity, type ProgramIdentity } from "./programIdentity.ts";

/** What is known before programs are loaded, or found to be loaded already. */
export interface FoundEarlier {
  readonly libbpf: Libbpf;
  readonly config: Buffer;
  /** Undefined where nothing outlives the service. */
  readonly identity: ProgramIdentity | undefined;
  /** Oldest first. */
  readonly earlier: readonly EarlierLoad[];
  /** The latest of them has the very programs that would be loaded. */
  readonly adopted: boolean;
  /** Those that the programs before know, and how many there are to be room for. */
  readonly processes: ProcessesBefore;
  readonly processesBefore: number;
}

/** Looks for the programs of earlier services, and settles how this one's would be loaded; nothing is loaded yet. */
export function findEarlier(options: KernelTracerOptions): FoundEarlier {
  const libbpf = openLibbpf();
  const config = encodeConfig(options, libbpf.possibleCpus());
  const { pins } = options;
  const identity =
    pins && programIdentity(options.objectPath, [config, ...sizesOf(options), libbpf.possibleCpus()]);
  const earlier = pins && identity ? EarlierLoad.find(libbpf, pins, identity) : [];
  const latest = earlier.at(-1);
  const adopted = latest?.isCurrent === true;
  const processes = new ProcessesBefore(adopted ? undefined : latest);
  return { libbpf, config, identity, earlier, adopted, processes, processesBefore: processes.limit };
}

function sizesOf({ ringBytes, processLimit }: KernelTracerOptions): number[] {
  return [ringBytes, processLimit];
}
