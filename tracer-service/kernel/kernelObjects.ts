import { closeSync } from "node:fs";

import type { BpfMap } from "./bpfMap.ts";
import { errorName } from "./libc.ts";
import type { Libbpf } from "./libbpf.ts";

/** enum bpf_attach_type (linux/bpf.h). */
const BPF_TRACE_ITER = 28;

/** struct bpf_prog_info (linux/bpf.h): where the kernel counts recursions that it refused (5.12), and the size to ask for. */
const PROGRAM_INFO = { size: 232, recursionMisses: 208 };

/** Programs and maps that are in the kernel, whether this process loaded them or found them pinned. */
export interface KernelObjects {
  map(name: string, keyBytes: number, valueBytes: number): BpfMap;
  programFd(name: string): number;
  /** Takes the programs off their hooks; maps stay readable. */
  detach(): void;
  close(): void;
}

/** Opens an iterator program for reading; the caller closes the descriptor. */
export function openIterator(libbpf: Libbpf, programFd: number): number {
  const link = libbpf.createLink(programFd, 0, BPF_TRACE_ITER, null);
  if (link < 0) throw new Error(`could not attach the iterator over processes: ${errorName(link)}`);
  const fd = libbpf.createIterator(link);
  closeSync(link);
  if (fd < 0) throw new Error(`could not open the iterator over processes: ${errorName(fd)}`);
  return fd;
}

/** How often the kernel skipped a program because it would have interrupted itself; 0 where it can't tell. */
export function recursionMisses(libbpf: Libbpf, programFd: number): bigint {
  const info = Buffer.alloc(PROGRAM_INFO.size);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(info.length);
  const status = libbpf.info(programFd, info, size);
  const known = status === 0 && size.readUInt32LE() >= PROGRAM_INFO.recursionMisses + 8;
  return known ? info.readBigUInt64LE(PROGRAM_INFO.recursionMisses) : 0n;
}
