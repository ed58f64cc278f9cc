import { createHash } from "node:crypto";

import type { KubeClient } from "../kubernetes/kubeClient.ts";
import { accessReviewOf, parseAccessReview, type Wanted } from "./accessReview.ts";
import { parseTokenReview, tokenReviewOf, type TokenUser } from "./tokenReview.ts";
import { TtlCache } from "./ttlCache.ts";
import { WorkQueue } from "./workQueue.ts";

/** A token that the API server has accepted. */
export interface KnownToken {
  readonly user: TokenUser;
  /** When it expires, ms since 1970 UTC; undefined where it does not say. */
  readonly expiresMs: number | undefined;
}

/** What access control needs. */
export interface AccessControlOptions {
  readonly client: Pick<KubeClient, "ask">;
  readonly audience: string;
  /** How long a yes counts, ms; a no counts a third of that, so that who was let in meanwhile waits less. */
  readonly cacheMs: number;
  /** Wall clock, ms since 1970 UTC. */
  readonly nowMs: () => number;
}

const MAX_TOKENS = 1_000;
const MAX_DECISIONS = 20_000;
const MAX_RUNNING = 8;
const MAX_WAITING = 512;
const REVIEW_TIMEOUT_MS = 5_000;
/** What a JSON Web Token can have in a header of 16 KiB. */
const MAX_TOKEN = 16_384;

/**
 * Asks the API server who somebody is and what they may read, and remembers it for a short while. Whatever is not a
 * plain yes is a no: where there is no answer these promises reject, and the reader is refused.
 */
export class AccessControl {
  readonly #options: AccessControlOptions;
  readonly #queue = new WorkQueue(MAX_RUNNING, MAX_WAITING);
  readonly #tokens = new TtlCache<KnownToken | "refused">(MAX_TOKENS);
  readonly #decisions = new TtlCache<boolean>(MAX_DECISIONS);
  /** Questions that are being asked now. */
  readonly #asking = new Map<string, Promise<unknown>>();

  constructor(options: AccessControlOptions) {
    this.#options = options;
  }

  /** Whose the token is; undefined when it is not accepted. Rejects with one line where that can't be known. */
  async authenticate(token: string): Promise<KnownToken | undefined> {
    if (token.length > MAX_TOKEN) return undefined;
    // What lies in memory for a while is no token.
    const key = createHash("sha256").update(token).digest("base64url");
    const { nowMs } = this.#options;
    let known = this.#tokens.get(key, nowMs());
    known ??= await this.#once(`token ${key}`, () => this.#review(token, key));
    if (known === "refused" || isExpired(known, nowMs())) return undefined;
    return known;
  }

  /** Whether they may see it. Rejects with one line where that can't be known. */
  async allows(user: TokenUser, wanted: Wanted): Promise<boolean> {
    const key = `${user.key} ${JSON.stringify(wanted)}`;
    const known = this.#decisions.get(key, this.#options.nowMs());
    return known ?? (await this.#once(key, () => this.#decide(user, wanted, key)));
  }

  async #review(token: string, key: string): Promise<KnownToken | "refused"> {
    const { audience, nowMs } = this.#options;
    const answer = await this.#post(
      "/apis/authentication.k8s.io/v1/tokenreviews",
      tokenReviewOf(token, audience),
    );
    const user = parseTokenReview(answer, audience);
    const known = user === undefined ? "refused" : { user, expiresMs: expiryOf(token) };
    this.#tokens.set(key, known, nowMs() + this.#ttlMs(known !== "refused"));
    return known;
  }

  async #decide(user: TokenUser, wanted: Wanted, key: string): Promise<boolean> {
    const answer = await this.#post(
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      accessReviewOf(user, wanted),
    );
    const allowed = parseAccessReview(answer);
    this.#decisions.set(key, allowed, this.#options.nowMs() + this.#ttlMs(allowed));
    return allowed;
  }

  #ttlMs(yes: boolean): number {
    return yes ? this.#options.cacheMs : this.#options.cacheMs / 3;
  }

  #post(path: string, body: object): Promise<unknown> {
    return this.#queue.run(() =>
      this.#options.client.ask({
        ...({ method: "POST", path, body } as const),
        signal: AbortSignal.timeout(REVIEW_TIMEOUT_MS),
      }),
    );
  }

  /** Many who ask the same at once share the answer. */
  #once<Answer>(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const asking = this.#asking.get(key) as Promise<Answer> | undefined;
    if (asking !== undefined) return asking;
    const asked = ask().finally(() => this.#asking.delete(key));
    this.#asking.set(key, asked);
    return asked;
  }
}

function isExpired({ expiresMs }: KnownToken, nowMs: number): boolean {
  return expiresMs !== undefined && nowMs >= expiresMs;
}

/** What a token says of itself: to be believed only of one that the API server has accepted. */
function expiryOf(token: string): number | undefined {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as {
      readonly exp?: unknown;
    } | null;
    return typeof claims?.exp === "number" ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
