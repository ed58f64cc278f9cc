import type { Clock } from "../../clock.ts";
import { ApiError } from "../api/apiError.ts";
import { apiPath, type ApiServer } from "../api/apiServer.ts";
import { TRACER_NAMESPACE } from "../inventory/clusterPod.ts";
import { asObject, asText, asTimeMs } from "../api/json.ts";

/** The service account whose tokens tracers accept from readers. */
export const VIEWER_ACCOUNT = "process-logging-viewer";

/** Such a token is good for nothing but tracers: the API server does not take it. */
const AUDIENCE = "processlogging.dev";

const LIFETIME_S = 3_600;

/** A token is replaced when less than this part of its life is left. */
const REFRESH_AT = 0.2;

/** A token, and from when on it is to be replaced; ms since 1970. */
export interface ShortToken {
  readonly text: string;
  readonly refreshMs: number;
}

/** The token that tracers are read with: asked for when it is needed, shared, and replaced before it expires. */
export class ViewerToken {
  readonly #api: ApiServer;
  readonly #clock: Pick<Clock, "nowMs">;
  #token: ShortToken | undefined;
  #asking: Promise<ShortToken> | undefined;

  constructor(api: ApiServer, clock: Pick<Clock, "nowMs">) {
    this.#api = api;
    this.#clock = clock;
  }

  /** Rejects with an `ApiError` when the user may not have one. */
  async get(): Promise<ShortToken> {
    const known = this.#token;
    if (known !== undefined && this.#clock.nowMs() < known.refreshMs) return known;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    this.#token = await this.#asking;
    return this.#token;
  }

  /** A tracer did not take it: the next one is a new one. */
  forget(): void {
    this.#token = undefined;
  }

  async #ask(): Promise<ShortToken> {
    const askedMs = this.#clock.nowMs();
    const answer = await this.#api.call({
      method: "POST",
      path: apiPath("api", "v1", "namespaces", TRACER_NAMESPACE, "serviceaccounts", VIEWER_ACCOUNT, "token"),
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { audiences: [AUDIENCE], expirationSeconds: LIFETIME_S },
      },
    });
    const status = asObject(asObject(answer)["status"]);
    const text = asText(status["token"]);
    if (text === undefined) throw new ApiError((t) => t("the API server gave no token for the tracers"), 0);
    // Clocks may differ, and the server may give less than was asked for: the shorter of both counts.
    const expiresMs = asTimeMs(status["expirationTimestamp"]) ?? askedMs + LIFETIME_S * 1_000;
    const lifetimeMs = Math.max(0, Math.min(expiresMs - askedMs, LIFETIME_S * 1_000));
    return { text, refreshMs: askedMs + lifetimeMs * (1 - REFRESH_AT) };
  }
}
