/** Debian's names. */
export type Processor = "amd64" | "arm64";

/** A computer that is emulated: a kernel as Debian ships it, on a processor, with cgroups laid out in one way. */
export interface Machine {
  /** What `npm run test:machines -- NAME` calls it. */
  readonly name: string;
  /** The release of Debian whose newest kernel of a version it boots. */
  readonly suite: string;
  /** How that kernel's version begins. */
  readonly version: RegExp;
  readonly processor: Processor;
  /** `hybrid`: cgroup v2 beside v1 hierarchies, as older distributions have them. */
  readonly cgroups: "unified" | "hybrid";
}

/** The oldest kernel that Debian has, its long-term ones, the newest, and the other processor. */
export const MACHINES: readonly Machine[] = [
  { name: "5.10", suite: "bullseye", version: /5\.10\./, processor: "amd64", cgroups: "unified" },
  { name: "5.10-hybrid", suite: "bullseye", version: /5\.10\./, processor: "amd64", cgroups: "hybrid" },
  { name: "6.1", suite: "bookworm", version: /6\.1\./, processor: "amd64", cgroups: "unified" },
  { name: "6.12", suite: "trixie", version: /6\.12\./, processor: "amd64", cgroups: "unified" },
  { name: "newest", suite: "forky", version: /\d+\.\d+\./, processor: "amd64", cgroups: "unified" },
  { name: "6.12-arm64", suite: "trixie", version: /6\.12\./, processor: "arm64", cgroups: "unified" },
  { name: "newest-arm64", suite: "forky", version: /\d+\.\d+\./, processor: "arm64", cgroups: "unified" },
];
