import type { RequestOptions } from "node:https";

/** A context of the kubeconfig, as it is offered. Nothing of it was run. */
export interface KubeconfigContext {
  readonly name: string;
  readonly cluster: string;
  /** Address of the API server. */
  readonly server: string;
  readonly user: string;
  readonly namespace: string | undefined;
  /** The program that gives the credentials and is run once the context was chosen. */
  readonly plugin: string | undefined;
}

/** How to reach the API server of a context. */
export interface ClusterAccess {
  /** Name of the context. */
  readonly context: string;
  readonly server: string;
  /** Certificates, headers and proxy for a request. May run the context's plugin; rejects when that fails. */
  options(): Promise<RequestOptions>;
}

/** What the kubeconfig offers. */
export interface KubeconfigContexts {
  /** Name of the context that `kubectl` would use. */
  readonly current: string | undefined;
  readonly all: readonly KubeconfigContext[];
  /** Throws when there is no such context. */
  open(context: string): ClusterAccess;
}
