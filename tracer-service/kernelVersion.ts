/** Upstream version that a release string such as `5.4.0-1045-aws` begins with. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
}

/** Version named by a kernel release (`uname -r`) of any vendor; undefined when it begins with no version. */
export function parseKernelVersion(release: string): KernelVersion | undefined {
  const match = /^(\d{1,4})\.(\d{1,4})(?!\d)/.exec(release);
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
}

/** Whether a kernel is `major.minor` or newer. */
export function isAtLeast(version: KernelVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

/**
 * Whether this is a kernel of Red Hat Enterprise Linux 8 or a rebuild of it: called 4.18, with most of BPF up to
 * 5.x carried back, so that its version says nothing. Oracle's own kernels (`el8uek`) carry nothing back.
 */
export function carriesBackBpf(release: string): boolean {
  return /^4\.18\..*\.el8(?:_\d+)?(?:\.|$)/.test(release);
}
