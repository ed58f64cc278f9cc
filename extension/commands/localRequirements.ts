import { readFile, stat } from "node:fs/promises";
import { arch, platform, release } from "node:os";
import { t } from "../../protocol/text/translate.ts";

/** What the requirements are judged by; undefined: it could not be read. */
export interface LocalFacts {
  readonly platform: string;
  readonly architecture: string;
  readonly kernel: string;
  readonly hasBtf: boolean;
  readonly hasCgroups: boolean;
}

/** One requirement of the tracer, as far as a program without privileges can tell. */
export interface LocalRequirement {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do; empty when it is met. */
  readonly todo: string;
}

/** Of the machine that the extension runs on. */
export async function readLocalFacts(): Promise<LocalFacts> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return {
    platform: platform(),
    architecture: arch(),
    kernel: release(),
    hasBtf: await stat("/sys/kernel/btf/vmlinux").then(
      (stats) => stats.isFile(),
      () => false,
    ),
    hasCgroups: / - cgroup2? /.test(mounts),
  };
}

/** What the tracer needs that can be seen without privileges; the tracer's own check sees all of it. */
export function localRequirements(facts: LocalFacts): readonly LocalRequirement[] {
  if (facts.platform !== "linux") {
    return [
      requirement(
        t("operating system"),
        false,
        facts.platform,
        t("run the tracer on a Linux host and connect to it"),
      ),
    ];
  }
  const [major = 0, minor = 0] = facts.kernel.split(".").map((part) => Number.parseInt(part, 10));
  const newEnough = major > 5 || (major === 5 && minor >= 8);
  const knownArchitecture = facts.architecture === "x64" || facts.architecture === "arm64";
  return [
    requirement(t("kernel"), newEnough, facts.kernel, t("use Linux 5.8 or newer")),
    requirement(
      t("architecture"),
      knownArchitecture,
      facts.architecture,
      t("use a host with an x86-64 or arm64 processor"),
    ),
    requirement(
      t("BTF"),
      facts.hasBtf,
      facts.hasBtf ? "/sys/kernel/btf/vmlinux" : t("none"),
      t("use a kernel that is built with CONFIG_DEBUG_INFO_BTF=y"),
    ),
    requirement(
      t("cgroups"),
      facts.hasCgroups,
      facts.hasCgroups ? t("mounted") : t("not mounted"),
      t("mount cgroup v2"),
    ),
  ];
}

function requirement(name: string, ok: boolean, found: string, todo: string): LocalRequirement {
  return { name, ok, found, todo: ok ? "" : todo };
}
