import { apiPath } from "./apiServer.ts";
import { asObject, asText, type Json } from "./json.ts";
import { ShownError } from "../../../protocol/text/shownError.ts";

/** An object as it is applied. */
export interface KubeObject extends Json {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Json & { readonly name: string; readonly namespace?: string };
}

/** What a deployment consists of, in the order in which it is applied; removed in the opposite one. */
const KINDS = [
  { apiVersion: "v1", kind: "Namespace", plural: "namespaces" },
  { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", plural: "priorityclasses" },
  { apiVersion: "v1", kind: "ServiceAccount", plural: "serviceaccounts" },
  { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", plural: "clusterroles" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", plural: "clusterrolebindings" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", plural: "roles" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", plural: "rolebindings" },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
  },
  { apiVersion: "apps/v1", kind: "DaemonSet", plural: "daemonsets" },
  { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments" },
  { apiVersion: "v1", kind: "Pod", plural: "pods" },
] as const;

/** A kind of objects that a deployment consists of. */
export type DeployedKind = (typeof KINDS)[number];

/** In the order in which they are applied. */
export const DEPLOYED_KINDS: readonly DeployedKind[] = KINDS;

/** The object in a value; throws one line when it is none of the known kinds. */
export function parseKubeObject(value: unknown): KubeObject {
  const object = asObject(value);
  const name = asText(asObject(object["metadata"])["name"]);
  if (name === undefined || orderOf(object) < 0) {
    const kind = String(asText(object["kind"]));
    throw new ShownError((t) => t("the deployment holds an object of the unknown kind {0}", kind));
  }
  return object as KubeObject;
}

/** As they have to be applied. */
export function inOrder(objects: readonly KubeObject[]): readonly KubeObject[] {
  return [...objects].sort((one, other) => orderOf(one) - orderOf(other));
}

/** Path of one object. */
export function objectPath(object: KubeObject): string {
  const kind = KINDS[orderOf(object)];
  if (kind === undefined) throw new ShownError((t) => t("objects of kind {0} are unknown", object.kind));
  const { namespace, name } = object.metadata;
  return collectionPath(kind, namespace) + apiPath(name);
}

/** Path of all objects of a kind, in one namespace or in all. */
export function collectionPath({ apiVersion, plural }: DeployedKind, namespace?: string): string {
  const root = apiVersion.includes("/")
    ? apiPath("apis", ...apiVersion.split("/"))
    : apiPath("api", apiVersion);
  return root + (namespace === undefined ? "" : apiPath("namespaces", namespace)) + apiPath(plural);
}

/** How people name it: `DaemonSet process-logging/tracer`. */
export function objectText({ kind, metadata: { namespace, name } }: KubeObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

function orderOf(object: Json): number {
  return KINDS.findIndex(
    ({ kind, apiVersion }) => kind === object["kind"] && apiVersion === object["apiVersion"],
  );
}
