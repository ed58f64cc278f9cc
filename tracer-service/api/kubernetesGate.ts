import type { AccessControl, KnownToken } from "../access/accessControl.ts";
import type { Permission } from "../access/accessReview.ts";
import { readerOf, type Reader } from "../access/reader.ts";
import { TokenSight } from "../access/tokenSight.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { REFUSALS, type ApiRefusal } from "./apiRefusal.ts";
import { bearerToken, type Admission, type Gate, type GateRequest, type PermissionChanges } from "./gate.ts";
import { CLOSURES } from "./streamClosure.ts";

/** What the gate needs. */
export interface KubernetesGateOptions {
  readonly access: Pick<AccessControl, "authenticate" | "allows">;
  readonly permission: Permission;
  /** How often the permissions of an open stream are looked at, ms; the API server is asked as caches expire. */
  readonly checkMs: number;
  /** Wall clock, ms since 1970 UTC. */
  readonly nowMs: () => number;
  /** Calls once after `ms`; the function returned cancels it. */
  readonly after: (ms: number, call: () => void) => () => void;
  readonly log: Pick<Diagnostics, "warn">;
}

/** Lets in whose token the API server accepts, and shows them what RBAC allows. What can't be known is a no. */
export class KubernetesGate implements Gate {
  readonly #options: KubernetesGateOptions;

  constructor(options: KubernetesGateOptions) {
    this.#options = options;
  }

  async admit({ headers }: GateRequest): Promise<Admission | ApiRefusal> {
    const { access, permission, log } = this.#options;
    const token = bearerToken(headers);
    if (token === undefined) return REFUSALS.tokenMissing;
    let reader: Reader | undefined;
    try {
      const known = await access.authenticate(token);
      if (known === undefined) return REFUSALS.tokenRefused;
      reader = readerOf(known.user);
      const sight = await TokenSight.open(access, known.user, permission);
      return {
        reader,
        sight,
        sees: () => (sight.all ? "all" : sight.namespaces),
        follow: (changes) => this.#follow(token, known, sight, changes),
      };
    } catch (error) {
      log.warn({ err: error }, "a reader was refused, since permissions can't be checked now");
      return { ...REFUSALS.reviewFailed, ...(reader === undefined ? {} : { reader }) };
    }
  }

  #follow(token: string, known: KnownToken, sight: TokenSight, changes: PermissionChanges): () => void {
    const { checkMs, nowMs, after } = this.#options;
    let ended = false;
    let cancel: () => void = () => undefined;
    const next = (): void => {
      // At its very end the token is looked at once more.
      const leftMs = Math.max(0, (known.expiresMs ?? Infinity) - nowMs());
      cancel = after(Math.min(checkMs, leftMs), () => void check());
    };
    const check = async (): Promise<void> => {
      const outcome = await this.#check(token, known, sight);
      if (ended) return;
      if (outcome === "changed") changes.changed();
      if (typeof outcome === "object") changes.revoked(outcome);
      else next();
    };
    next();
    return () => {
      ended = true;
      cancel();
    };
  }

  async #check(token: string, known: KnownToken, sight: TokenSight) {
    try {
      const now = await this.#options.access.authenticate(token);
      if (now?.user.key !== known.user.key) return CLOSURES.tokenEnded;
      if (!(await sight.check())) return "same";
      return sight.all || sight.namespaces.length > 0 ? "changed" : CLOSURES.revoked;
    } catch (error) {
      this.#options.log.warn({ err: error }, "a stream is ended, since its permissions can't be checked now");
      return CLOSURES.reviewFailed;
    }
  }
}
