import { open, readlink, type FileHandle } from "node:fs/promises";
import { endianness } from "node:os";
import { join } from "node:path";

/** What reading a file gave: its first bytes, or the code of the error, such as `ENOENT`. */
export type FileRead =
  { readonly bytes: Buffer; readonly error?: never } | { readonly bytes?: never; readonly error: string };

/** What the requirements look at: files of the node, this program, and what it was built upon. */
export interface NodeFacts {
  /** As `process.arch`: that of the Node.js which runs, not of the machine. */
  readonly architecture: string;
  readonly endianness: "BE" | "LE";
  /** Such as `24.1.0`. */
  readonly nodeVersion: string;
  /** Version of libbpf.so.1, such as `1.1`; undefined when it can't be loaded. */
  libbpfVersion(): string | undefined;
  /** Reads up to `maxBytes` of a file by its absolute path. Never rejects. */
  read(path: string, maxBytes?: number): Promise<FileRead>;
  /** Target of a symbolic link by its absolute path; undefined when it can't be read. Never rejects. */
  readLink(path: string): Promise<string | undefined>;
}

/** Larger than any file that is read whole; the mount table of a busy node takes some megabytes. */
const defaultMaxBytes = 16 * 1024 * 1024;

/** Facts of the node that this program runs on, its files taken from below `root`. */
export function nodeFacts(libbpfVersion: () => string | undefined, root = "/"): NodeFacts {
  return {
    architecture: process.arch,
    endianness: endianness(),
    nodeVersion: process.versions.node,
    libbpfVersion,
    read: (path, maxBytes = defaultMaxBytes) => readFile(join(root, path), maxBytes),
    readLink: (path) => readlink(join(root, path)).catch(() => undefined),
  };
}

/** Text of a file; undefined when it can't be read. */
export async function readText(facts: NodeFacts, path: string): Promise<string | undefined> {
  const { bytes } = await facts.read(path);
  return bytes?.toString("utf8");
}

async function readFile(path: string, maxBytes: number): Promise<FileRead> {
  try {
    const file = await open(path);
    try {
      return { bytes: await readUpTo(file, maxBytes) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { error: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

/** Files of /proc have no size and give as much at a time as they like. */
async function readUpTo(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let left = maxBytes; left > 0;) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(left, 65_536)));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    left -= bytesRead;
  }
  return Buffer.concat(chunks);
}
