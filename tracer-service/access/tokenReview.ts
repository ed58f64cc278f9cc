import { createHash } from "node:crypto";

/** Who a token belongs to, as the API server says. Passed on to it whole, since its authorizers may look at all. */
export interface TokenUser {
  readonly username: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
  /** Names this token in the API server's audit log. */
  readonly credentialId: string | undefined;
  /** The same for the same user with the same groups and extra. */
  readonly key: string;
}

/** Where a token's credential id is told. */
const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

type Json = Readonly<Record<string, unknown>>;

/** What to POST to `/apis/authentication.k8s.io/v1/tokenreviews`. */
export function tokenReviewOf(token: string, audience: string): object {
  return {
    ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview" },
    spec: { token, audiences: [audience] },
  };
}

/**
 * Whose the token is; undefined when it is not accepted. One that is not for this audience is none, also where the
 * API server does not know audiences and says nothing of them. Throws one line when the answer is no review.
 */
export function parseTokenReview(answer: unknown, audience: string): TokenUser | undefined {
  const status = isObject(answer) ? answer["status"] : undefined;
  if (!isObject(status)) throw new Error("the API server's review of a token has no status");
  if (status["authenticated"] !== true) {
    // One that is not accepted has an error of its own, so this tells no trouble of the API server.
    return undefined;
  }
  if (!texts(status["audiences"]).includes(audience)) return undefined;
  const { user } = status;
  const username = isObject(user) ? user["username"] : undefined;
  if (!isObject(user) || typeof username !== "string" || username === "") {
    throw new Error("the API server's review of a token names no user");
  }
  const { uid } = user;
  const given = isObject(user["extra"]) ? user["extra"] : {};
  const extra = Object.fromEntries(Object.entries(given).map(([key, values]) => [key, texts(values)]));
  const whole = {
    username,
    uid: typeof uid === "string" && uid !== "" ? uid : undefined,
    groups: texts(user["groups"]),
    extra,
  };
  const key = createHash("sha256").update(JSON.stringify(whole)).digest("base64url");
  return { ...whole, credentialId: extra[CREDENTIAL_ID]?.[0], key };
}

function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((each) => typeof each === "string");
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
