import type { PodCgroups } from "./kubernetesProvider.ts";
import { KnownPod, type PodMemory } from "./knownPod.ts";
import type { OwnerMemory, OwnerTexts } from "./ownerMemory.ts";

/** How the numbers of pods are left to the next service, with the identity that each pod had first. */
export function podOwners(texts: OwnerTexts, nowMs: () => number): OwnerMemory<PodCgroups> {
  return {
    texts,
    nameOf: ({ pod }) => pod.uid,
    describe: ({ pod }) => JSON.stringify(pod.memory),
    restore: (text, owner) => {
      const memory = parse(text);
      if (memory === undefined) return undefined;
      // Gone, until its cgroup is found.
      return { pod: KnownPod.restore(memory), owner, cgroups: new Map(), listed: false, goneMs: nowMs() };
    },
  };
}

function parse(text: string): PodMemory | undefined {
  try {
    const memory = JSON.parse(text) as Partial<PodMemory>;
    const { place, containers } = memory;
    return typeof place?.podUid === "string" && Array.isArray(containers) ? (memory as PodMemory) : undefined;
  } catch {
    return undefined;
  }
}
