import { quoteForShell } from "../../../protocol/shellQuote.ts";
import type { ApiServer } from "../api/apiServer.ts";
import { TRACER_NAMESPACE } from "./clusterPod.ts";
import { asObject } from "../api/json.ts";
import { VIEWER_ACCOUNT } from "../tracers/viewerToken.ts";
import { OWNER_KINDS } from "./workspaceOwner.ts";

/** Something that the user must be allowed to do. */
export interface Right {
  /** What is impossible without it, as a word that tells where it belongs. */
  readonly purpose: "pods" | "owners" | "nodes" | "tracers" | "tokens" | "tunnels" | "logs" | "readers";
  readonly verbs: readonly string[];
  /** `RESOURCE`, `RESOURCE.GROUP` or `RESOURCE/SUBRESOURCE`. */
  readonly resource: string;
  /** One object of it. */
  readonly name: string | undefined;
  /** Undefined: in all namespaces. */
  readonly namespace: string | undefined;
}

/** A right that the user does not have, and the command by which somebody who may could grant it. */
export interface MissingRight extends Right {
  readonly command: string;
}

/** What reading a cluster takes; with `namespaces`, only there. */
export function neededRights(namespaces: readonly string[]): readonly Right[] {
  const places: readonly (string | undefined)[] = namespaces.length === 0 ? [undefined] : namespaces;
  const all = (
    purpose: Right["purpose"],
    verbs: readonly string[],
    resource: string,
    namespace: string | undefined,
    name?: string,
  ): Right => ({ purpose, verbs, resource, namespace, name });
  return [
    ...places.map((namespace) => all("pods", ["list", "watch"], "pods", namespace)),
    ...places.flatMap((namespace) =>
      Object.values(OWNER_KINDS).map(({ group, resource }) =>
        all("owners", ["list", "watch"], `${resource}.${group}`, namespace),
      ),
    ),
    all("nodes", ["list", "watch"], "nodes", undefined),
    ...(namespaces.length === 0 || namespaces.includes(TRACER_NAMESPACE)
      ? []
      : [all("tracers", ["list", "watch"], "pods", TRACER_NAMESPACE)]),
    all("tunnels", ["get", "create"], "pods/portforward", TRACER_NAMESPACE),
    all("tokens", ["create"], "serviceaccounts/token", TRACER_NAMESPACE, VIEWER_ACCOUNT),
    ...places.map((namespace) => all("logs", ["get"], "pods/log", namespace)),
  ];
}

/**
 * The right that the readers' account lacks in a namespace of which tracers show nothing. The user's own rights do not
 * count there, and the binding is the one that *Enable* makes.
 */
export function readerRight(namespace: string): MissingRight {
  const role = "process-logging-reader";
  return {
    ...{ purpose: "readers", verbs: ["get"], resource: "processes.processlogging.dev", name: undefined },
    namespace,
    command: quoteForShell([
      ...["kubectl", "create", "rolebinding", role, "--namespace", namespace],
      ...[`--clusterrole=${role}`, `--serviceaccount=${TRACER_NAMESPACE}:${VIEWER_ACCOUNT}`],
    ]),
  };
}

/** Asks the API server about each right; those that it could not answer count as missing. */
export async function findMissingRights(
  api: ApiServer,
  rights: readonly Right[],
  username: string | undefined,
): Promise<readonly MissingRight[]> {
  const answers = await Promise.all(rights.map((right) => isAllowed(api, right)));
  return rights
    .filter((_, index) => answers[index] !== true)
    .map((right) => ({ ...right, command: grantCommand(right, username) }));
}

/**
 * Two commands in one line: a role that holds nothing but this right, and its binding. Both have the user's name in theirs:
 * the next user needs them, too, and must take them from nobody.
 */
export function grantCommand(right: Right, username: string | undefined): string {
  const { verbs, resource, namespace, name } = right;
  const kind = namespace === undefined ? "clusterrole" : "role";
  const user = username ?? "USER";
  // Names of roles may have all but these.
  const role = `process-logging-${resource.replace("/", "-")}:${user.replaceAll(/[/%]/g, "-")}`;
  const place = namespace === undefined ? [] : ["--namespace", namespace];
  const create = [
    ...["kubectl", "create", kind, role, ...place],
    ...[`--verb=${verbs.join(",")}`, `--resource=${resource}`],
    ...(name === undefined ? [] : [`--resource-name=${name}`]),
  ];
  const bind = [
    ...["kubectl", "create", `${kind}binding`, role, ...place],
    ...[`--${kind}=${role}`, `--user=${user}`],
  ];
  return `${quoteForShell(create)} && ${quoteForShell(bind)}`;
}

async function isAllowed(api: ApiServer, { verbs, resource, namespace, name }: Right): Promise<boolean> {
  const [plural = "", subresource] = (resource.split(".", 1)[0] ?? "").split("/");
  const group = resource.includes(".") ? resource.slice(resource.indexOf(".") + 1) : "";
  const allowed = await Promise.all(
    verbs.map(async (verb) => {
      const review = await api.call({
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectAccessReview",
          spec: { resourceAttributes: { verb, group, resource: plural, subresource, namespace, name } },
        },
      });
      return asObject(asObject(review)["status"])["allowed"] === true;
    }),
  );
  return allowed.every(Boolean);
}
