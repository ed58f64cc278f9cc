import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Certificates } from "./certificates.ts";
import type { Daemon } from "./daemon.ts";
import { NODE_ADDRESS } from "./nodeNamespaces.ts";

const ETCD = "http://127.0.0.1:2379";

/** What a part of the cluster is started with. */
export interface Ground {
  /** The cluster's own folder. */
  readonly directory: string;
  readonly certificates: Certificates;
  /** Folder of the programs that were built. */
  readonly programs: string;
  /** Starts a daemon inside the node. */
  readonly start: (name: string, argv: readonly string[]) => Daemon;
}

/** Starts etcd and the API server. It answers a few seconds later. */
export function startApiServer({ directory, certificates, programs, start }: Ground): Daemon {
  start("etcd", [
    "etcd",
    `--data-dir=${join(directory, "etcd")}`,
    `--listen-client-urls=${ETCD}`,
    `--advertise-client-urls=${ETCD}`,
    "--listen-peer-urls=http://127.0.0.1:2380",
    "--logger=zap",
  ]);
  const { authority, server, serviceAccounts } = certificates;
  const kubeletClient = certificates.client(
    "kubelet-client",
    "/O=system:masters/CN=kube-apiserver-kubelet-client",
  );
  const auditPolicy = join(directory, "audit-policy.yaml");
  writeFileSync(auditPolicy, "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n  - level: Metadata\n");
  return start("kube-apiserver", [
    join(programs, "kube-apiserver"),
    `--etcd-servers=${ETCD}`,
    // The port of the service `kubernetes`, whose address is the node's own: pods reach it without a kube-proxy.
    "--secure-port=443",
    `--advertise-address=${NODE_ADDRESS}`,
    "--endpoint-reconciler-type=none",
    "--service-cluster-ip-range=10.96.0.0/16",
    `--cert-dir=${join(directory, "certificates")}`,
    `--tls-cert-file=${server.certificate}`,
    `--tls-private-key-file=${server.key}`,
    `--client-ca-file=${authority.certificate}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    "--kubelet-preferred-address-types=InternalIP",
    `--kubelet-client-certificate=${kubeletClient.certificate}`,
    `--kubelet-client-key=${kubeletClient.key}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${serviceAccounts.publicKey}`,
    `--service-account-signing-key-file=${serviceAccounts.key}`,
    // Off by default in 1.34: one overlay of deploy/ needs it.
    "--feature-gates=MutatingAdmissionPolicy=true",
    "--runtime-config=admissionregistration.k8s.io/v1beta1=true",
    `--audit-policy-file=${auditPolicy}`,
    `--audit-log-path=${join(directory, "logs/audit.log")}`,
  ]);
}

/** Starts what needs the API server to answer: the controllers and the scheduler. */
export function startControllers({ certificates, programs, start }: Ground): void {
  const { authority, serviceAccounts } = certificates;
  const kubeconfig = (name: string): string => certificates.kubeconfig(name, `/CN=system:${name}`);
  start("kube-controller-manager", [
    join(programs, "kube-controller-manager"),
    `--kubeconfig=${kubeconfig("kube-controller-manager")}`,
    `--root-ca-file=${authority.certificate}`,
    `--service-account-private-key-file=${serviceAccounts.key}`,
    "--use-service-account-credentials",
    "--leader-elect=false",
    "--secure-port=0",
  ]);
  start("kube-scheduler", [
    join(programs, "kube-scheduler"),
    `--kubeconfig=${kubeconfig("kube-scheduler")}`,
    "--leader-elect=false",
    "--secure-port=0",
  ]);
}
