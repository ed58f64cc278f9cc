import type { TokenUser } from "./tokenReview.ts";

/** Which permission lets read a namespace's workspaces. */
export type Permission = "processes" | "pods/log";

/** What somebody asks to see. */
export type Wanted =
  /** Of a namespace; undefined: of all, and of the node itself. */
  | {
      readonly type: "processes";
      readonly permission: Permission;
      readonly namespace: string | undefined;
    }
  | { readonly type: "path"; readonly path: string };

/** What to POST to `/apis/authorization.k8s.io/v1/subjectaccessreviews`. */
export function accessReviewOf({ username, uid, groups, extra }: TokenUser, wanted: Wanted): object {
  return {
    ...{ apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview" },
    spec: { user: username, ...(uid === undefined ? {} : { uid }), groups, extra, ...attributes(wanted) },
  };
}

/** Whether it is allowed. Throws one line when the answer is no review, or the review itself failed. */
export function parseAccessReview(answer: unknown): boolean {
  const { status } = (answer ?? {}) as { readonly status?: unknown };
  if (typeof status !== "object" || status === null) {
    throw new Error("the API server's review of a permission has no status");
  }
  const { allowed, denied, evaluationError } = status as Readonly<Record<string, unknown>>;
  if (allowed === true && denied !== true) return true;
  if (typeof evaluationError === "string" && evaluationError !== "" && denied !== true) {
    throw new Error(`the API server could not decide on a permission: ${evaluationError.slice(0, 200)}`);
  }
  return false;
}

function attributes(wanted: Wanted): object {
  if (wanted.type === "path") return { nonResourceAttributes: { path: wanted.path, verb: "get" } };
  const { permission, namespace } = wanted;
  return {
    resourceAttributes: {
      verb: "get",
      ...(permission === "processes"
        ? { group: "processlogging.dev", version: "v1", resource: "processes" }
        : { version: "v1", resource: "pods", subresource: "log" }),
      ...(namespace === undefined ? {} : { namespace }),
    },
  };
}
