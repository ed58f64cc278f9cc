import { execFileSync } from "node:child_process";
import { closeSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { openLibbpf } from "../../../tracer-service/kernel/libbpf.ts";

/** Programs, and the links by which they are attached, by the kernel's ids. */
export interface BpfIds {
  readonly programs: readonly number[];
  readonly links: readonly number[];
}

/** What is pinned in a directory of bpffs, or below it. */
export function pinnedInKernel(directory: string): BpfIds {
  const libbpf = openLibbpf();
  const programs = new Set<number>();
  const links = new Set<number>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const fd = libbpf.openPinned(join(entry.parentPath, entry.name));
    if (fd < 0) throw new Error(`could not open ${join(entry.parentPath, entry.name)}`);
    const info = readFileSync(`/proc/self/fdinfo/${String(fd)}`, "utf8");
    closeSync(fd);
    for (const id of idsIn(info, /^prog_id:\s*(\d+)$/gm)) programs.add(id);
    for (const id of idsIn(info, /^link_id:\s*(\d+)$/gm)) links.add(id);
  }
  return { programs: [...programs], links: [...links] };
}

/** Everything that the kernel has, whosever it is; `listProgram` is the compiled `list_bpf.c`. */
export function allInKernel(listProgram: string): BpfIds {
  const said = execFileSync(listProgram, { encoding: "utf8" });
  return {
    programs: [...idsIn(said, /^program (\d+)$/gm)],
    links: [...idsIn(said, /^link (\d+)$/gm)],
  };
}

function idsIn(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, id]) => Number(id));
}
