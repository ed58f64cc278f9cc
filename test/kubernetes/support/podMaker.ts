import type { Manifest } from "./kubectl.ts";

const VERSIONS = {
  ReplicationController: "v1",
  Deployment: "apps/v1",
  ReplicaSet: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
} as const;

type PodMakerKind = keyof typeof VERSIONS;

/** Every kind of the API that makes pods of a template. */
export const POD_MAKER_KINDS = Object.keys(VERSIONS) as readonly PodMakerKind[];

type Metadata = Partial<Manifest["metadata"]>;

/** The parts that differ: metadata of the object, of the Jobs of a CronJob, and of the pods; and the pods' spec. */
export interface PodMakerParts {
  readonly metadata?: Metadata;
  readonly jobs?: Metadata;
  readonly pods?: Metadata;
  readonly spec: object;
}

/** An object of this kind that makes pods with the label `app: NAME` and a few more. */
export function podMaker(kind: PodMakerKind, name: string, parts: PodMakerParts): Manifest {
  const own = { app: name };
  const template = {
    metadata: { ...parts.pods, labels: { ...own, ...parts.pods?.labels } },
    spec: parts.spec,
  };
  const job = { template: { ...template, spec: { ...parts.spec, restartPolicy: "Never" } } };
  const selected = { selector: { matchLabels: own }, template };
  const specs: Record<PodMakerKind, object> = {
    ReplicationController: { selector: own, template },
    Deployment: selected,
    ReplicaSet: selected,
    StatefulSet: { ...selected, serviceName: "none" },
    DaemonSet: selected,
    Job: job,
    CronJob: { schedule: "0 0 1 1 *", jobTemplate: { metadata: parts.jobs ?? {}, spec: job } },
  };
  return { apiVersion: VERSIONS[kind], kind, metadata: { ...parts.metadata, name }, spec: specs[kind] };
}
