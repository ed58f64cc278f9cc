import type { SelfLocation } from "../kernel/sharedMemory.ts";
import { isClass, parsePodPath } from "./podPath.ts";

/** Where kubelet keeps its pods unless it is told otherwise, with either driver: for a kubelet that is yet to start. */
export const USUAL_ROOTS: readonly string[] = ["/kubepods", "/kubepods.slice"];

/** A root directory of kubelet's: `kubepods`, and with systemd's driver `kubepods.slice` or `<above>-kubepods.slice`. */
const ROOT = /^(?:kubepods|(?:[A-Za-z0-9_.:]+-)*kubepods\.slice)$/;
/** Containers that hold a node (kind) lie a few levels down. */
const MAX_DEPTH = 6;

/** The directories of a cgroup, by its path. */
export type ListCgroups = (path: string) => readonly string[];

/**
 * The root that this tracer's own pod lies in: the outermost, when one lies inside another. `paths` are the paths of
 * its cgroups. Undefined when it runs in no pod.
 */
export function rootOfOwnPod(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const names = path.split("/").slice(1);
    for (const [index, name] of names.entries()) {
      if (!ROOT.test(name)) continue;
      const root = `/${names.slice(0, index + 1).join("/")}`;
      if (parsePodPath(root, path) !== undefined) return root;
    }
  }
  return undefined;
}

/** Path of a cgroup as the kernel sees it, from the names on the way to its root. */
export function pathOfSelf({ cgroups }: SelfLocation): string {
  const names = cgroups.map(({ name }) => name).reverse();
  return `/${names.slice(1).join("/")}`;
}

/**
 * Looks for kubelet's roots from the top of the tree on. Below a root nothing is looked at: what is named like one
 * there was made by a workspace, or belongs to a cluster inside of one.
 */
export function findRoots(list: ListCgroups): string[] {
  const roots: string[] = [];
  let level = [""];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const path of level) {
      for (const name of list(path === "" ? "/" : path)) {
        const child = `${path}/${name}`;
        if (ROOT.test(name) && holdsPods(child, list(child))) roots.push(child);
        else next.push(child);
      }
    }
    level = next;
  }
  return roots;
}

/** kubelet makes the class directories first of all. */
function holdsPods(root: string, names: readonly string[]): boolean {
  return names.some((name) => isClass(root, name) || parsePodPath(root, `${root}/${name}`) !== undefined);
}
