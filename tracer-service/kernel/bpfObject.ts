import koffi from "koffi";

import { showHidden } from "../../protocol/hiddenCharacters.ts";
import { BpfMap } from "./bpfMap.ts";
import type { KernelObjects } from "./kernelObjects.ts";
import { errorName, lastErrorName } from "./libc.ts";
import type { Libbpf, Pointer } from "./libbpf.ts";

/** struct bpf_object_open_opts of libbpf 1.0 (libbpf.h): offsets of the fields that are set. */
const OPEN_OPTIONS = { size: 80, kernelLogBuffer: 56, kernelLogSize: 64 };
const VERIFIER_LOG_BYTES = 1024 * 1024;

/** A compiled BPF object on its way through libbpf's phases: open, configure, load, attach, close. */
export class BpfObject implements KernelObjects {
  readonly #libbpf: Libbpf;
  readonly #object: Pointer;
  readonly #verifierLog: Buffer;
  readonly #links = new Map<string, NonNullable<Pointer>>();

  private constructor(libbpf: Libbpf, object: Pointer, verifierLog: Buffer) {
    this.#libbpf = libbpf;
    this.#object = object;
    this.#verifierLog = verifierLog;
  }

  /** Parses the object file. Throws one line when it is missing or broken. */
  static open(libbpf: Libbpf, path: string): BpfObject {
    const verifierLog = Buffer.alloc(VERIFIER_LOG_BYTES);
    const options = Buffer.alloc(OPEN_OPTIONS.size);
    options.writeBigUInt64LE(BigInt(OPEN_OPTIONS.size), 0);
    options.writeBigUInt64LE(koffi.address(verifierLog), OPEN_OPTIONS.kernelLogBuffer);
    options.writeBigUInt64LE(BigInt(verifierLog.length), OPEN_OPTIONS.kernelLogSize);
    const object = libbpf.openObject(path, options);
    if (object === null) {
      const name = showHidden(path);
      throw new Error(`could not open the BPF object ${name} (${lastErrorName()}): build the service again`);
    }
    return new BpfObject(libbpf, object, verifierLog);
  }

  /** Sets a map's size before load. */
  setMaxEntries(map: string, entries: number): void {
    const status = this.#libbpf.setMapMaxEntries(this.#map(map), entries);
    if (status !== 0)
      throw new Error(`could not size the map "${map}" to ${String(entries)}: ${errorName(status)}`);
  }

  /** Has a program not loaded. */
  leaveOut(program: string): void {
    const status = this.#libbpf.setProgramAutoload(this.#program(program), false);
    if (status !== 0) throw new Error(`could not leave out the program "${program}": ${errorName(status)}`);
  }

  /** Overwrites a read-only data section before load; the verifier then takes its bytes for constants. */
  setConstants(section: string, bytes: Buffer): void {
    const size = Buffer.alloc(8);
    const address = this.#libbpf.mapInitialValue(this.#map(section), size);
    if (address === null || size.readBigUInt64LE() !== BigInt(bytes.length)) {
      throw new Error(
        `the BPF object's section ${section} is not the one this service was built with: build it again`,
      );
    }
    Buffer.from(koffi.view(address, bytes.length)).set(bytes);
  }

  /** Has the kernel verify and take programs and maps. Throws one line that names the errno and the verifier's reason. */
  load(): void {
    this.#assertLoaded(this.#libbpf.loadObject(this.#object));
  }

  /** The same in another thread, so that this one goes on meanwhile; the object is not to be touched until it is done. */
  async loadAside(): Promise<void> {
    this.#assertLoaded(await this.#libbpf.loadObjectAside(this.#object));
  }

  /** Attaches a program where its section says. */
  attach(program: string): void {
    const link = this.#libbpf.attachProgram(this.#program(program));
    if (link === null) throw new Error(`could not attach the program "${program}": ${lastErrorName()}`);
    this.#links.set(program, link);
  }

  /** The links that `attach` made, by their programs. */
  linkFds(): [program: string, fd: number][] {
    return [...this.#links].map(([program, link]) => [program, this.#libbpf.linkFd(link)]);
  }

  map(name: string, keyBytes: number, valueBytes: number): BpfMap {
    return new BpfMap(this.#libbpf, name, this.mapFd(name), keyBytes, valueBytes);
  }

  mapFd(name: string): number {
    return this.#libbpf.mapFd(this.#map(name));
  }

  programFd(name: string): number {
    return this.#libbpf.programFd(this.#program(name));
  }

  /** Lets go of the links: the programs are off their hooks unless the links are pinned. Maps stay readable. */
  detach(): void {
    for (const link of this.#links.values()) this.#libbpf.destroyLink(link);
    this.#links.clear();
  }

  close(): void {
    this.detach();
    this.#libbpf.closeObject(this.#object);
  }

  #map(name: string): Pointer {
    const map = this.#libbpf.findMap(this.#object, name);
    if (map === null) throw new Error(`the BPF object has no map "${name}": build it again`);
    return map;
  }

  #program(name: string): Pointer {
    const program = this.#libbpf.findProgram(this.#object, name);
    if (program === null) throw new Error(`the BPF object has no program "${name}": build it again`);
    return program;
  }

  #assertLoaded(status: number): void {
    if (status !== 0)
      throw new Error(`the kernel did not take the BPF programs: ${this.#loadFailure(status)}`);
  }

  #loadFailure(status: number): string {
    const name = errorName(status);
    if (name === "EPERM") {
      return "EPERM: it needs root, or the capabilities CAP_BPF and CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8), in the host's user namespace";
    }
    if (name === "EAGAIN") {
      return "EAGAIN: signals kept interrupting the verifier; start it again without what sends them, such as a profiler";
    }
    const end = this.#verifierLog.indexOf(0);
    const lines = this.#verifierLog
      .toString("utf8", 0, end < 0 ? undefined : end)
      .trim()
      .split("\n");
    const reason = lines
      .filter((line) => line !== "" && !/^(processed|verification time|stack depth) /.test(line))
      .at(-1);
    return reason === undefined ? name : `${name}: ${reason}`;
  }
}
