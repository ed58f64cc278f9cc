import type { Metadata, PodFacts } from "../identity/podFacts.ts";
import type { PodListener } from "../identity/podSource.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { hasKnownOwner, type OwnerLookup } from "./ownerLookup.ts";
import { objectOf } from "./json.ts";
import { parsePod } from "./parsePod.ts";

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
const MAX_UNREADABLE_TOLD = 20;
/** Owners are not watched: those of a pod that is no workspace are looked up again after this time, at most twice as long. */
const LOOK_AGAIN_MS = 300_000;

/** What is known of a pod while its owners are looked up, and afterwards. */
interface Known {
  facts: PodFacts;
  owners: readonly Metadata[] | undefined;
  isLooking: boolean;
  retry: NodeJS.Timeout | undefined;
}

/** How pods are read and their owners found. */
export interface PodTellerOptions {
  /** The labels and annotations that matter. */
  readonly wanted: ReadonlySet<string>;
  /** Whether the pod lacks what its owners may have. */
  readonly lacksLabels: (pod: PodFacts) => boolean;
  /** Whether it is one by what it and its owners say now. */
  readonly isWorkspace: (pod: PodFacts, owners: readonly Metadata[]) => boolean;
  readonly lookup: Pick<OwnerLookup, "ownersOf">;
  readonly log: Diagnostics;
}

/** A list of pods as it comes. */
export interface PodList {
  take(pod: PodFacts): void;
  end(): void;
}

/** Tells the listener of each pod once its owners are known, and of what changes then. */
export class PodTeller {
  readonly #options: PodTellerOptions;
  readonly #pods = new Map<string, Known>();
  #listener: PodListener | undefined;
  #unreadable = 0;
  #looking = 0;
  #listed = false;
  #toldListed = false;
  #lookupFailed = false;

  constructor(options: PodTellerOptions) {
    this.#options = options;
  }

  /** Objects of the API that made no sense. */
  get unreadable(): number {
    return this.#unreadable;
  }

  start(listener: PodListener): void {
    this.#listener = listener;
  }

  stop(): void {
    this.#listener = undefined;
    for (const known of this.#pods.values()) clearTimeout(known.retry);
    this.#pods.clear();
  }

  /** A list of all pods follows; what is not in it by its end is gone. */
  beginList(): PodList {
    const seen = new Set<string>();
    return {
      take: (pod) => {
        this.#changedTo(pod);
        seen.add(pod.uid);
      },
      end: () => {
        for (const [uid, known] of this.#pods) if (!seen.has(uid)) this.#forget(uid, known);
        this.#listed = true;
        this.#tellListed();
      },
    };
  }

  /** A pod is new or has changed. */
  changed(object: unknown): void {
    const facts = this.read(object);
    if (facts !== undefined) this.#changedTo(facts);
  }

  #changedTo(facts: PodFacts): void {
    const known = this.#pods.get(facts.uid);
    if (known === undefined) {
      const fresh: Known = { facts, owners: undefined, isLooking: false, retry: undefined };
      this.#pods.set(facts.uid, fresh);
      this.#findOwners(fresh, FIRST_RETRY_MS);
    } else {
      const before = known.facts;
      known.facts = facts;
      if (known.owners === undefined) {
        this.#listener?.podSeen(facts);
        return;
      }
      this.#listener?.podChanged(facts, known.owners);
      if (!known.isLooking && this.#hasOthers(facts, before)) {
        clearTimeout(known.retry);
        this.#findOwners(known, FIRST_RETRY_MS);
      }
    }
  }

  /** Whether a pod may have other owners than it had, since it was adopted or released, or needs them only now. */
  #hasOthers(facts: PodFacts, before: PodFacts): boolean {
    return (
      JSON.stringify(facts.owner) !== JSON.stringify(before.owner) ||
      (this.#asksOwners(facts) && !this.#asksOwners(before))
    );
  }

  deleted(object: unknown): void {
    const { uid } = objectOf(objectOf(object)["metadata"]);
    if (typeof uid !== "string") return;
    const known = this.#pods.get(uid);
    if (known === undefined) return;
    // The last status may be the first to name a container that lived briefly.
    this.changed(object);
    this.#forget(uid, known);
  }

  #forget(uid: string, known: Known): void {
    clearTimeout(known.retry);
    this.#pods.delete(uid);
    this.#listener?.podDeleted(known.facts.cgroupUid);
  }

  /** What is kept of a pod; one that makes no sense is counted, and undefined. */
  read(object: unknown): PodFacts | undefined {
    try {
      return parsePod(object, this.#options.wanted);
    } catch (error) {
      this.#unreadable++;
      if (this.#unreadable <= MAX_UNREADABLE_TOLD)
        this.#options.log.warn({ err: error }, "a pod is not understood");
      return undefined;
    }
  }

  #findOwners(known: Known, retryMs: number): void {
    const { lookup, log } = this.#options;
    const { facts } = known;
    if (!this.#asksOwners(facts)) {
      this.#tell(known, []);
      return;
    }
    if (known.owners === undefined) this.#listener?.podSeen(facts);
    this.#looking++;
    known.isLooking = true;
    lookup
      .ownersOf(facts)
      .then(
        (owners) => {
          this.#lookupFailed = false;
          known.isLooking = false;
          if (this.#hasOthers(known.facts, facts)) this.#findOwners(known, FIRST_RETRY_MS);
          else this.#tell(known, owners);
        },
        (error: unknown) => {
          known.isLooking = false;
          if (!this.#lookupFailed) log.warn({ err: error }, LOOKUP_FAILED);
          this.#lookupFailed = true;
          if (this.#pods.get(facts.uid) !== known || this.#listener === undefined) return;
          known.retry = setTimeout(() => {
            this.#findOwners(known, Math.min(MAX_RETRY_MS, retryMs * 2));
          }, retryMs);
        },
      )
      .finally(() => {
        this.#looking--;
        this.#tellListed();
      });
  }

  #tell(known: Known, owners: readonly Metadata[]): void {
    known.owners = owners;
    // Deleted meanwhile: its last events may still wait for it.
    this.#listener?.podChanged(known.facts, owners);
    if (this.#pods.get(known.facts.uid) !== known) this.#listener?.podDeleted(known.facts.cgroupUid);
    else this.#lookAgain(known, owners);
  }

  #asksOwners(facts: PodFacts): boolean {
    return hasKnownOwner(facts) && this.#options.lacksLabels(facts);
  }

  /** Who labels a Deployment only later makes workspaces of its pods all the same. */
  #lookAgain(known: Known, owners: readonly Metadata[]): void {
    const { facts } = known;
    const settled = facts.hasSidecar || !this.#asksOwners(facts) || this.#options.isWorkspace(facts, owners);
    if (settled || this.#listener === undefined) return;
    known.retry = setTimeout(
      () => {
        this.#findOwners(known, FIRST_RETRY_MS);
      },
      LOOK_AGAIN_MS * (1 + Math.random()),
    );
  }

  #tellListed(): void {
    if (!this.#listed || this.#toldListed || this.#looking > 0) return;
    this.#toldListed = true;
    this.#listener?.listed();
  }
}

const LOOKUP_FAILED =
  "could not look up what owns a pod; until that succeeds it is logged, without labels: does the tracer's service account have get on replicasets, deployments, statefulsets, daemonsets, jobs and cronjobs?";
