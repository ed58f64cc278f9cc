import type { KubeRequest } from "../../../../tracer-service/kubernetes/kubeClient.ts";

interface ReviewSpec {
  readonly token?: string;
  readonly audiences?: readonly string[];
  readonly user?: string;
  readonly resourceAttributes?: { readonly namespace?: string };
  readonly nonResourceAttributes?: { readonly path: string };
}

/** An API server that knows tokens and grants, and can be down. */
export class FakeReviews {
  /** Token → user name. */
  readonly tokens = new Map<string, string>();
  /** User → namespaces, `*` for all, or paths. */
  readonly grants = new Map<string, Set<string>>();
  readonly asked: string[] = [];
  down = false;

  readonly ask = async ({ body }: KubeRequest): Promise<unknown> => {
    const { spec } = body as { readonly spec: ReviewSpec };
    const { token, resourceAttributes, nonResourceAttributes } = spec;
    await Promise.resolve();
    if (this.down) throw new Error("connect ECONNREFUSED");
    if (token !== undefined) {
      this.asked.push(`token ${token}`);
      const username = this.tokens.get(token);
      if (username === undefined) return { status: { authenticated: false } };
      return { status: { authenticated: true, audiences: spec.audiences, user: { username, groups: [] } } };
    }
    const wanted = nonResourceAttributes?.path ?? resourceAttributes?.namespace ?? "*";
    this.asked.push(wanted);
    const grants = this.grants.get(spec.user ?? "");
    return { status: { allowed: grants?.has("*") === true || grants?.has(wanted) === true } };
  };
}

/** A token that says when it expires, s since 1970 UTC, and is not signed. */
export function tokenUntil(exp: number): string {
  return `e30.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.x`;
}
