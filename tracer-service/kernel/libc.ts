import koffi from "koffi";

import { readTimeOffsets } from "./timeOffsets.ts";

const lib = koffi.load("libc.so.6");

const mmap = lib.func(
  "void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)",
);
const madvise = lib.func("int madvise(uint64_t address, size_t length, int advice)");
const mallopt = lib.func("int mallopt(int parameter, int value)");
const mallocTrim = lib.func("int malloc_trim(size_t pad)");
const munmap = lib.func("int munmap(void *address, size_t length)");
const poll = lib.func("int poll(_Inout_ uint8_t *descriptors, unsigned long count, int timeout)");
const eventfd = lib.func("int eventfd(unsigned int initial, int flags)");
const clockGettime = lib.func("int clock_gettime(int clock, _Out_ uint8_t *time)");
const getpwuidR = lib.func(
  "int getpwuid_r(uint32_t uid, _Out_ uint8_t *entry, _Out_ uint8_t *strings, size_t size, _Out_ uint8_t *result)",
);
const getgrnamR = lib.func(
  "int getgrnam_r(const char *name, _Out_ uint8_t *entry, _Out_ uint8_t *strings, size_t size, _Out_ uint8_t *result)",
);
const getsockopt = lib.func(
  "int getsockopt(int fd, int level, int option, _Out_ uint8_t *value, _Inout_ uint32_t *length)",
);

const fcntl = lib.func("int fcntl(int fd, int command, int argument)");
const flock = lib.func("int flock(int fd, int operation)");
const mount = lib.func(
  "int mount(const char *source, const char *target, const char *type, unsigned long flags, void *data)",
);

const sysconf = lib.func("long sysconf(int name)");

const SC_PAGESIZE = 30;

/** Size of a page of memory: 4 KiB, or up to 64 KiB on arm64. */
export const pageBytes = Number(sysconf(SC_PAGESIZE));

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FIXED = 0x10;
const MAP_FAILED = 0xffffffffffffffffn;
const EFD_CLOEXEC = 0x80000;
const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;
const F_SETPIPE_SZ = 1031;
const MADV_DONTNEED = 4;
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;
const LOCK_EX = 2;
const LOCK_NB = 4;
const POLLIN = 1;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** The error that the last failed C call left in errno, such as `EPERM`. */
export function lastErrorName(): string {
  return errorName(koffi.errno());
}

/** The name of an errno value, or `errno N` where there is none. */
export function errorName(errno: number): string {
  const wanted = Math.abs(errno);
  const found = Object.entries(koffi.os.errno).find(([, value]) => value === wanted);
  return found?.[0] ?? `errno ${String(wanted)}`;
}

/** Memory shared with the kernel. After `unmap` the buffer must not be touched: it would end the process. */
export interface Mapping {
  readonly buffer: ArrayBuffer;
  /** Has the buffer show what lies from another offset on. As after `unmap` when it throws. */
  move(offset: number): void;
  unmap(): void;
}

/** Maps `length` bytes of a BPF map from `offset` on. Throws an Error that names the errno. */
export function mapShared(fd: number, length: number, offset: number, writable: boolean): Mapping {
  const protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  const map = (at: bigint | null, flags: number, from: number): bigint => {
    const mapped = mmap(at, length, protection, flags, fd, from) as bigint | null;
    if (mapped === null || BigInt.asUintN(64, mapped) === MAP_FAILED) {
      throw new Error(`could not map ${String(length)} bytes of kernel memory: ${lastErrorName()}`);
    }
    return mapped;
  };
  const address = map(null, MAP_SHARED, offset);
  return {
    buffer: koffi.view(address, length),
    move: (to) => {
      map(address, MAP_SHARED | MAP_FIXED, to);
    },
    unmap: () => {
      munmap(address, length);
    },
  };
}

/** A descriptor that another thread's `poll` can be woken with, by writing eight bytes to it. */
export function openEventDescriptor(): number {
  const fd = eventfd(0, EFD_CLOEXEC) as number;
  if (fd < 0) throw new Error(`could not make an eventfd: ${lastErrorName()}`);
  return fd;
}

/** Waits, off the main thread, until one of the descriptors is readable or the time is over. */
export function waitReadable(fds: readonly number[], timeoutMs: number): Promise<void> {
  const descriptors = Buffer.alloc(8 * fds.length);
  fds.forEach((fd, i) => {
    descriptors.writeInt32LE(fd, 8 * i);
    descriptors.writeInt16LE(POLLIN, 8 * i + 4);
  });
  return new Promise((resolve) => {
    poll.async(descriptors, fds.length, timeoutMs, () => {
      resolve();
    });
  });
}

const timespec = Buffer.alloc(16);

function readClock(clock: number): bigint {
  clockGettime(clock, timespec);
  return timespec.readBigInt64LE(0) * 1_000_000_000n + timespec.readBigInt64LE(8);
}

/** How far the wall clock is ahead of the boot clock, and when that was read. */
export interface ClockReading {
  /** Boot clock, ns. */
  readonly bootNs: bigint;
  readonly offsetNs: bigint;
}

/** Programs in the kernel go by its own clocks, whatever time namespace this process is in. */
const timeOffsets = readTimeOffsets();

/** Reads both clocks: what turns the kernel's time stamps into dates. */
export function readClocks(): ClockReading {
  const before = bootClockNs();
  const wall = readClock(CLOCK_REALTIME);
  const after = bootClockNs();
  return { bootNs: after, offsetNs: wall - (before + after) / 2n };
}

/** Time since the boot, suspend included, ns: the clock of the kernel's time stamps. */
export function bootClockNs(): bigint {
  return readClock(CLOCK_BOOTTIME) - timeOffsets.bootNs;
}

/** The same without suspend: the clock of the kernel's lease. */
export function monotonicClockNs(): bigint {
  return readClock(CLOCK_MONOTONIC) - timeOffsets.monotonicNs;
}

/** Unmaps pages that are as in their files; they are mapped again when they are needed (madvise(2)). */
export function adviseDontNeed({ start, length }: { readonly start: bigint; readonly length: number }): void {
  madvise(start, length, MADV_DONTNEED);
}

/** How many heaps threads share, and from which size on memory has a mapping of its own (mallopt(3)). */
export function limitHeap({
  arenas,
  ownMappingBytes,
}: {
  readonly arenas: number;
  readonly ownMappingBytes: number;
}): void {
  mallopt(M_ARENA_MAX, arenas);
  mallopt(M_MMAP_THRESHOLD, ownMappingBytes);
  mallopt(M_TRIM_THRESHOLD, ownMappingBytes);
}

/** Gives free memory at the end and within the heap back to the kernel (malloc_trim(3)). */
export function trimHeap(): void {
  mallocTrim(0);
}

/** Asks for room for so many bytes in a pipe; it stays as it is where its user may not have that much (pipe(7)). */
export function growPipe(fd: number, bytes: number): void {
  fcntl(fd, F_SETPIPE_SZ, bytes);
}

/** Locks what a descriptor is of until the process closes it or ends; false when another one has it. */
export function tryLock(fd: number): boolean {
  return flock(fd, LOCK_EX | LOCK_NB) === 0;
}

/** Mounts a file system of the kernel's own, such as `bpf`. Throws an Error that names the errno. */
export function mountFileSystem(type: string, path: string): void {
  if (mount(type, path, type, 0, null) !== 0) {
    throw new Error(`could not mount ${type} at ${path}: ${lastErrorName()}`);
  }
}

/** Name of a user in the password database, through NSS, so that LDAP and SSSD accounts are found too. */
export function lookUpUserName(uid: number): string | undefined {
  const entry = Buffer.alloc(64);
  const result = Buffer.alloc(8);
  const strings = Buffer.alloc(16_384);
  const status = getpwuidR(uid, entry, strings, strings.length, result) as number;
  if (status !== 0 || result.readBigUInt64LE(0) === 0n) return undefined;
  const start = Number(entry.readBigUInt64LE(0) - koffi.address(strings));
  const end = strings.indexOf(0, start);
  return strings.toString("utf8", start, end);
}

/** Number of a group in the group database, through NSS; undefined when there is none of this name. */
export function lookUpGroupId(name: string): number | undefined {
  const entry = Buffer.alloc(32);
  const result = Buffer.alloc(8);
  // A group's members are told with it, and there may be many.
  const strings = Buffer.alloc(1_048_576);
  const status = getgrnamR(name, entry, strings, strings.length, result) as number;
  if (status !== 0 || result.readBigUInt64LE(0) === 0n) return undefined;
  return entry.readUInt32LE(16);
}

/** Who connected to a Unix socket: the uid at that time. Undefined when the kernel does not say. */
export function readPeerUid(fd: number): number | undefined {
  const credentials = Buffer.alloc(12);
  const status = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, [credentials.length]) as number;
  return status === 0 ? credentials.readUInt32LE(4) : undefined;
}
