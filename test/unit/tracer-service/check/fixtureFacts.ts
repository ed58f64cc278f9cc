import type { NodeFacts } from "../../../../tracer-service/check/nodeFacts.ts";

/** What differs between nodes; what is left out is as on a host with Node.js 24 and libbpf 1.5 on x86-64. */
export interface FixtureNode {
  readonly architecture?: string;
  readonly endianness?: "BE" | "LE";
  readonly nodeVersion?: string;
  /** `null`: it can't be loaded. */
  readonly libbpf?: string | null;
  /** Contents by absolute path; `{ error }` for files that can't be read. Others are missing. */
  readonly files: Readonly<Record<string, string | Buffer | { readonly error: string }>>;
  /** Targets of symbolic links by absolute path. */
  readonly links?: Readonly<Record<string, string>>;
}

/** The facts of a node that exists only as data. */
export function fixtureFacts(node: FixtureNode): NodeFacts {
  return {
    architecture: node.architecture ?? "x64",
    endianness: node.endianness ?? "LE",
    nodeVersion: node.nodeVersion ?? "24.21.0",
    libbpfVersion: () => (node.libbpf === undefined ? "1.5" : (node.libbpf ?? undefined)),
    read(path, maxBytes) {
      const content = node.files[path] ?? { error: "ENOENT" };
      if (typeof content === "string")
        return Promise.resolve({ bytes: Buffer.from(content).subarray(0, maxBytes) });
      if (Buffer.isBuffer(content)) return Promise.resolve({ bytes: content.subarray(0, maxBytes) });
      return Promise.resolve(content);
    },
    readLink: (path) => Promise.resolve(node.links?.[path]),
  };
}
