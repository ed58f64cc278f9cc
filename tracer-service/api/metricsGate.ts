import type { AccessControl } from "../access/accessControl.ts";
import { readerOf, type Reader } from "../access/reader.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { fullSight } from "../stream/sight.ts";
import { REFUSALS, type ApiRefusal } from "./apiRefusal.ts";
import { bearerToken, type Admission, type Gate, type GateRequest } from "./gate.ts";

/** Lets in whose token the API server accepts and who may get the path `/metrics`. What can't be known is a no. */
export class MetricsGate implements Gate {
  readonly #access: Pick<AccessControl, "authenticate" | "allows">;
  readonly #log: Pick<Diagnostics, "warn">;

  constructor(access: Pick<AccessControl, "authenticate" | "allows">, log: Pick<Diagnostics, "warn">) {
    this.#access = access;
    this.#log = log;
  }

  async admit({ headers }: GateRequest): Promise<Admission | ApiRefusal> {
    const token = bearerToken(headers);
    if (token === undefined) return REFUSALS.tokenMissing;
    let reader: Reader | undefined;
    try {
      const known = await this.#access.authenticate(token);
      if (known === undefined) return REFUSALS.tokenRefused;
      reader = readerOf(known.user);
      const allowed = await this.#access.allows(known.user, { type: "path", path: "/metrics" });
      if (!allowed) return { ...REFUSALS.metricsForbidden, reader };
      return {
        reader,
        sight: fullSight,
        sees: () => [],
        follow: () => () => undefined,
      };
    } catch (error) {
      this.#log.warn({ err: error }, "metrics were refused, since permissions can't be checked now");
      return { ...REFUSALS.reviewFailed, ...(reader === undefined ? {} : { reader }) };
    }
  }
}
