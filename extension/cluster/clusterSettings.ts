import { isAbsolute } from "node:path";
import type { InspectedSettings } from "../source/connectionSettings.ts";

/** The names of the settings, below `processLogging.`. */
export const CLUSTER_SETTINGS = ["kubeconfig", "context", "namespaces", "image"] as const;

/** A name of a namespace, as Kubernetes takes it. */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** An image by name, with a tag or a digest; the registry decides whether it exists. */
const IMAGE = /^[A-Za-z0-9][\w.\-/:@]{0,511}$/;

/** What the user set about clusters. */
export interface ClusterSettings {
  /** Path of the kubeconfig; undefined: the one that `kubectl` would read. */
  readonly kubeconfig: string | undefined;
  /** The context that is offered first. */
  readonly context: string | undefined;
  /** Only these are asked for pods; empty: all at once. */
  readonly namespaces: readonly string[];
  /** What *Enable Workspace Process Logging…* deploys. */
  readonly image: string | undefined;
  /** What is wrong with settings that were left out, in one line each. */
  readonly problems: readonly string[];
}

/** Reads what was set for the machine or the user; what a folder says does not count. */
export function readClusterSettings(settings: InspectedSettings): ClusterSettings {
  const problems: string[] = [];
  const valueOf = (key: (typeof CLUSTER_SETTINGS)[number]): unknown => settings.inspect(key)?.globalValue;
  const text = (key: "kubeconfig" | "context" | "image"): string | undefined => {
    const value = valueOf(key);
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "string" && value.length <= 4096 && !value.includes("\0")) return value;
    problems.push(`processLogging.${key} is left out: it is no text of a usable length`);
    return undefined;
  };
  const check = (
    key: "kubeconfig" | "image",
    usable: (value: string) => boolean,
    todo: string,
  ): string | undefined => {
    const value = text(key);
    if (value === undefined || usable(value)) return value;
    problems.push(`processLogging.${key} is left out: ${todo}`);
    return undefined;
  };
  return {
    kubeconfig: check("kubeconfig", isAbsolute, "write the whole path"),
    context: text("context"),
    namespaces: namespaces(valueOf("namespaces"), problems),
    image: check("image", isImage, "it is no name of an image"),
    problems,
  };
}

/** Whether that can be the name of an image. */
export function isImage(text: string): boolean {
  return IMAGE.test(text);
}

function namespaces(value: unknown, problems: string[]): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.length <= 1_000) {
    const names = value.filter((name): name is string => typeof name === "string" && NAMESPACE.test(name));
    if (names.length === value.length) return [...new Set(names)];
  }
  problems.push("processLogging.namespaces is left out: it is no list of names of namespaces");
  return [];
}
