import type { KubeClient } from "../kubernetes/kubeClient.ts";
import { KubeError } from "../kubernetes/kubeError.ts";
import type { Diagnostics } from "../diagnostics.ts";
import {
  held,
  LEASE_MS,
  leads,
  nextStep,
  see,
  UNKNOWN,
  type LeaderLease,
  type LeaderState,
} from "./leaderState.ts";

/** What leading takes. */
export interface LeaderOptions {
  readonly client: Pick<KubeClient, "ask">;
  readonly namespace: string;
  readonly lease: string;
  /** Names this copy, and no other. */
  readonly me: string;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
  readonly log: Pick<Diagnostics, "info" | "warn">;
}

const RENEW_MS = 3_000;
const ASK_TIMEOUT_MS = 4_000;

/** Holds a lease, so that of several copies one acts. Without an answer of the API server it stops to lead in time. */
export class Leader {
  readonly #options: LeaderOptions;
  readonly #path: string;
  #state: LeaderState = UNKNOWN;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;
  #led = false;
  #transitions = 0;
  #failing = false;

  constructor(options: LeaderOptions) {
    this.#options = options;
    const { namespace, lease } = options;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases/${encodeURIComponent(lease)}`;
  }

  /** Whether this copy may act now. */
  get leads(): boolean {
    return !this.#stopped && leads(this.#state, this.#options.nowMs());
  }

  start(): void {
    this.#working = this.#work();
  }

  /** Lets go of the lease, so that the next copy need not wait. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#working;
    if (nextStep(this.#state, this.#options.me, this.#options.nowMs()) !== "renew") return;
    // Whoever is to be next waits for the lease's time otherwise.
    await this.#write("PUT", null).catch(() => undefined);
  }

  async #work(): Promise<void> {
    const { me, nowMs, log } = this.#options;
    try {
      this.#state = see(this.#state, await this.#read(), nowMs());
      const step = nextStep(this.#state, me, nowMs());
      const askedMs = nowMs();
      if (step !== "wait" && !this.#stopped) {
        if (step === "take") this.#transitions++;
        const lease = await this.#write(step === "create" ? "POST" : "PUT", me);
        this.#state = held(see(this.#state, lease, nowMs()), askedMs);
      }
      this.#failing = false;
    } catch (error) {
      // Another copy was quicker, which is no trouble.
      const lost = error instanceof KubeError && error.status === 409;
      if (!lost && !this.#failing) log.warn({ err: error }, "could not renew the lease; trying on");
      this.#failing = !lost;
    }
    if (this.leads !== this.#led) {
      this.#led = this.leads;
      log.info({ me }, this.#led ? "this copy leads" : "this copy does not lead any more");
    }
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#working = this.#work();
    }, RENEW_MS);
  }

  async #read(): Promise<LeaderLease | undefined> {
    try {
      return this.#parse(await this.#ask({ method: "GET", path: this.#path }));
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #write(method: "POST" | "PUT", holder: string | null): Promise<LeaderLease> {
    const { namespace, lease } = this.#options;
    const now = `${new Date().toISOString().slice(0, -1)}000Z`;
    const resourceVersion = this.#state.seen?.resourceVersion;
    const body = {
      ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
      metadata: { name: lease, namespace, ...(method === "PUT" && { resourceVersion }) },
      spec: {
        ...{ holderIdentity: holder, renewTime: now, leaseDurationSeconds: LEASE_MS / 1000 },
        ...{ acquireTime: now, leaseTransitions: this.#transitions },
      },
    };
    const path = method === "POST" ? this.#path.slice(0, this.#path.lastIndexOf("/")) : this.#path;
    return this.#parse(await this.#ask({ method, path, body }));
  }

  #ask(request: Parameters<KubeClient["ask"]>[0]): Promise<unknown> {
    return this.#options.client.ask({ ...request, signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  }

  #parse(value: unknown): LeaderLease {
    const { metadata, spec } = (value ?? {}) as {
      readonly metadata?: { readonly resourceVersion?: unknown };
      readonly spec?: Readonly<Record<string, unknown>>;
    };
    const { holderIdentity: holder, renewTime, leaseDurationSeconds: seconds, leaseTransitions } = spec ?? {};
    if (typeof metadata?.resourceVersion !== "string") throw new KubeError("the lease has no version");
    if (typeof leaseTransitions === "number") this.#transitions = leaseTransitions;
    return {
      holder: typeof holder === "string" && holder !== "" ? holder : undefined,
      renewTime: typeof renewTime === "string" ? renewTime : undefined,
      durationMs: typeof seconds === "number" && seconds > 0 ? seconds * 1000 : LEASE_MS,
      resourceVersion: metadata.resourceVersion,
    };
  }
}
