import type { ApiServer } from "./api/apiServer.ts";
import { asList, asObject, asText } from "./api/json.ts";

const API = "authentication.k8s.io/v1";

/** Who the API server says that one is. */
export interface ClaimedUser {
  readonly username: string;
  readonly groups: readonly string[];
}

/** Asks the API server whose the credentials are; undefined where it does not tell (before Kubernetes 1.28). */
export async function askClaimedUser(api: ApiServer): Promise<ClaimedUser | undefined> {
  try {
    const review = await api.call({
      method: "POST",
      path: `/apis/${API}/selfsubjectreviews`,
      body: { apiVersion: API, kind: "SelfSubjectReview" },
    });
    const user = asObject(asObject(asObject(review)["status"])["userInfo"]);
    const username = asText(user["username"]);
    if (username === undefined) return undefined;
    const groups = Array.isArray(user["groups"]) ? user["groups"] : asList(undefined);
    return { username, groups: groups.filter((group): group is string => typeof group === "string") };
  } catch {
    // It only names who reads, for the log; nothing depends on it.
    return undefined;
  }
}
