import type { Labels, PodPlace } from "../../protocol/events.ts";
import type { Metadata, PodFacts } from "./podFacts.ts";
import { identifyPod, type PodRules } from "./podIdentity.ts";
import { Workspace } from "./workspace.ts";

/** `unknown`: not told by the API server yet, or not what owns it; `outside`: not to be logged. */
export type PodStanding = "unknown" | "workspace" | "outside";

/** A workspace says that it is another than it was at first. `claimed`: undefined when it would be none any more. */
export interface IdentityChange {
  readonly pod: PodPlace;
  readonly labels: Labels;
  readonly claimed: Labels | undefined;
}

/** What came of news of a pod. */
export interface PodNews {
  readonly change: IdentityChange | undefined;
  /** A line each: what of its metadata was not taken, and why. */
  readonly problems: readonly string[];
}

/** What the next service is to know of a pod that may be gone by then. */
export interface PodMemory {
  readonly place: PodPlace;
  /** Of the workspace that it is; undefined while it is not known to be one. */
  readonly labels: Labels | undefined;
  readonly containers: readonly (readonly [id: string, place: PodPlace])[];
}

/** So many containers fit into what is left to the next service. */
const CONTAINERS_LEFT = 4;

const NO_NEWS: PodNews = { change: undefined, problems: [] };
/** Containers of one pod that are remembered, beside those that its status tells; restarts add one each. */
const MAX_CONTAINERS = 256;

/** One pod of this node, under the identity that it had first. */
export class KnownPod {
  /** As its cgroup names it. */
  readonly uid: string;
  #facts: Pick<PodFacts, "namespace" | "name"> | undefined;
  #workspace: Workspace | undefined;
  #standing: PodStanding = "unknown";
  /** What its labels said last, as text. */
  #claimed = "";
  #podPlace: PodPlace;
  readonly #places = new Map<string, PodPlace>();
  /** The latest, which several lines in turn share. */
  #unnamed: PodPlace | undefined;
  /** Whether its cgroup was seen being made, and so the container that was made first in it. */
  #seenFromStart = false;
  #firstContainer: string | undefined;
  #claimant = "";

  constructor(uid: string) {
    this.uid = uid;
    this.#podPlace = placeOf(uid, undefined);
  }

  /** One that an earlier service knew: its first identity stays. */
  static restore({ place, labels, containers }: PodMemory): KnownPod {
    const pod = new KnownPod(place.podUid);
    const { namespace, pod: name } = place;
    pod.#podPlace = place;
    if (namespace !== undefined && name !== undefined) pod.#facts = { namespace, name };
    for (const [id, containerPlace] of containers)
      pod.#places.set(id, { ...containerPlace, containerId: id });
    if (labels === undefined) return pod;
    pod.#workspace = new Workspace(labels, "pod", undefined, place);
    pod.#standing = "workspace";
    pod.#claimed = JSON.stringify(labels);
    return pod;
  }

  /** What `restore` makes it of. */
  get memory(): PodMemory {
    // There is little room for it, so that ids are told once.
    const containers = [...this.#places].slice(-CONTAINERS_LEFT).map(([id, place]) => {
      return [id, { ...place, containerId: undefined }] as const;
    });
    return { place: this.#podPlace, labels: this.#workspace?.labels, containers };
  }

  get standing(): PodStanding {
    return this.#standing;
  }

  get workspace(): Workspace | undefined {
    return this.#workspace;
  }

  /** Its place without a container. */
  get place(): PodPlace {
    return this.#podPlace;
  }

  /** Its cgroup is being made. */
  made(): void {
    this.#seenFromStart = true;
  }

  /** A container's cgroup is being made. */
  containerMade(id: string): void {
    if (this.#seenFromStart) this.#firstContainer ??= id;
  }

  /**
   * The place of a container; undefined while the API server has not named it. A pod's sandbox never is: it is the
   * container made first, when others have been named and it has not.
   */
  placeOf(containerId: string | undefined): PodPlace | undefined {
    if (containerId === undefined) return this.#podPlace;
    const known = this.#places.get(containerId);
    if (known !== undefined) return known;
    return containerId === this.#firstContainer && this.#places.size > 0 ? this.#podPlace : undefined;
  }

  /** Its place where the API server has not said which container it is. */
  placeOfUnnamed(containerId: string | undefined): PodPlace {
    if (containerId === undefined) return this.#podPlace;
    if (this.#unnamed?.containerId !== containerId || this.#unnamed.pod !== this.#podPlace.pod) {
      this.#unnamed = { ...this.#podPlace, containerId };
    }
    return this.#unnamed;
  }

  /** Takes over how it and its containers are called. Gives what is to be told where that is another pod, else undefined. */
  meet(facts: PodFacts): PodNews | undefined {
    const before = this.#facts;
    if (before !== undefined && (before.namespace !== facts.namespace || before.name !== facts.name)) {
      const claimant = `${facts.namespace}/${facts.name}`;
      if (claimant === this.#claimant) return NO_NEWS;
      this.#claimant = claimant;
      return { change: undefined, problems: [`${claimant} claims to be the static pod ${before.name}`] };
    }
    this.#facts = facts;
    if (before === undefined) this.#podPlace = placeOf(this.uid, facts);
    this.#learnContainers(facts);
    return undefined;
  }

  /** Takes over what the API server says. Once a workspace, it stays one, with the labels that it had first. */
  learn(facts: PodFacts, owners: readonly Metadata[], rules: PodRules): PodNews {
    const other = this.meet(facts);
    if (other !== undefined) return other;
    // It logs itself, and can't begin to when it runs: only ephemeral containers are ever added to a pod.
    if (facts.hasSidecar) {
      this.#standing = "outside";
      return NO_NEWS;
    }
    const { labels, problems } = identifyPod(rules, facts, owners);
    const claimed = JSON.stringify(labels);
    if (claimed === this.#claimed) return NO_NEWS;
    this.#claimed = claimed;
    if (this.#workspace !== undefined) {
      const change = { pod: this.#podPlace, labels: this.#workspace.labels, claimed: labels };
      return { change, problems };
    }
    this.#standing = labels === undefined ? "outside" : "workspace";
    if (labels !== undefined) this.#workspace = new Workspace(labels, "pod", undefined, this.#podPlace);
    return { change: undefined, problems };
  }

  #learnContainers(facts: PodFacts): void {
    for (const [id, { name, image }] of facts.containers) {
      if (this.#places.has(id)) continue;
      this.#places.set(id, { ...this.#podPlace, container: name, image, containerId: id });
    }
    let tooMany = this.#places.size - MAX_CONTAINERS;
    for (const id of this.#places.keys()) {
      if (tooMany <= 0) break;
      if (!facts.containers.has(id) && this.#places.delete(id)) tooMany--;
    }
  }
}

function placeOf(podUid: string, facts: PodFacts | undefined): PodPlace {
  return {
    namespace: facts?.namespace,
    pod: facts?.name,
    podUid,
    serviceAccount: facts?.serviceAccount,
    container: undefined,
    image: undefined,
  };
}
