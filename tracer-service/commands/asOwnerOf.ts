import { statSync } from "node:fs";

/**
 * Does what root asks for in a service's directory as the user whom that belongs to: what is made there is the
 * service's, and nothing that lies there leads root elsewhere. For anybody else, and where there is none, it is just done.
 */
export function asOwnerOf<T>(directory: string, work: () => T): T {
  const owner = statSync(directory, { throwIfNoEntry: false });
  if (process.geteuid?.() !== 0 || owner === undefined || owner.uid === 0) return work();
  const [gid, groups] = [process.getegid?.() ?? 0, process.getgroups?.() ?? []];
  process.setgroups?.([]);
  process.setegid?.(owner.gid);
  process.seteuid?.(owner.uid);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(gid);
    process.setgroups?.(groups);
  }
}
