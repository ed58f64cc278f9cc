import { TRACER_NAMESPACE } from "../inventory/clusterPod.ts";
import { asList, asObject, type Json } from "../api/json.ts";
import { inOrder, type KubeObject } from "../api/kubeObject.ts";
import { VIEWER_ACCOUNT } from "../tracers/viewerToken.ts";
import { ShownError } from "../../../protocol/text/shownError.ts";

/** What the manifests call the image that whoever deploys replaces by their own. */
const PLACEHOLDER_IMAGE = "process-logging/tracer";

/** Carried by every object that the extension has made, and by no other. */
export const APPLIED_LABEL = "processlogging.dev/applied-by";
export const APPLIED_BY = "editor";

/** What is deployed. */
export interface DeploymentWish {
  /** As they are in deploy/. */
  readonly manifests: readonly KubeObject[];
  readonly image: string;
  /** Where readers may see workspaces. */
  readonly namespaces: readonly string[];
}

/** The objects to apply, in their order. */
export function deploymentObjects({ manifests, image, namespaces }: DeploymentWish): readonly KubeObject[] {
  return inOrder([...manifests.map((object) => withImage(object, image)), ...namespaces.map(readerBinding)]);
}

/** The object with the label of those that the extension has made. */
export function markApplied(object: KubeObject): KubeObject {
  const labels = { ...asObject(object.metadata["labels"]), [APPLIED_LABEL]: APPLIED_BY };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** A pod for one node. */
export interface NodePodWish {
  readonly image: string;
  readonly node: string;
  readonly namespace: string;
  /** Of the tracer service. */
  readonly command: "check" | "uninstall";
}

/** A pod that does something on one node with what a tracer has there, and ends. Throws when the manifests have no tracer. */
export function nodePod(
  manifests: readonly KubeObject[],
  { image, node, namespace, command }: NodePodWish,
): Json {
  const tracer = manifests.find(({ kind, metadata }) => kind === "DaemonSet" && metadata.name === "tracer");
  const template = asObject(asObject(asObject(tracer)["spec"])["template"]);
  const spec = asObject(template["spec"]);
  const [container] = asList(spec["containers"]);
  if (container === undefined) throw new ShownError((t) => t("the manifests have no tracer"));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `process-logging-${command}-`,
      namespace,
      labels: { "app.kubernetes.io/name": command, [APPLIED_LABEL]: APPLIED_BY },
    },
    spec: {
      nodeName: node,
      restartPolicy: "Never",
      activeDeadlineSeconds: 120,
      terminationGracePeriodSeconds: 1,
      // It asks the API server for nothing.
      automountServiceAccountToken: false,
      tolerations: [{ operator: "Exists" }],
      ...(spec["hostPID"] === undefined ? {} : { hostPID: spec["hostPID"] }),
      containers: [
        {
          name: command,
          image,
          ...(container["imagePullPolicy"] === undefined
            ? {}
            : { imagePullPolicy: container["imagePullPolicy"] }),
          args: [command],
          securityContext: container["securityContext"],
          volumeMounts: container["volumeMounts"],
        },
      ],
      volumes: spec["volumes"],
    },
  };
}

function withImage(object: KubeObject, image: string): KubeObject {
  return replaceImage(object, image) as KubeObject;
}

function replaceImage(value: unknown, image: string): unknown {
  if (Array.isArray(value)) return value.map((each) => replaceImage(each, image));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === "image" && each === PLACEHOLDER_IMAGE ? image : replaceImage(each, image),
    ]),
  );
}

/** Lets who has a token of the readers' account see the workspaces of a namespace. */
function readerBinding(namespace: string): KubeObject {
  const name = "process-logging-reader";
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name, namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name: VIEWER_ACCOUNT, namespace: TRACER_NAMESPACE }],
  };
}
