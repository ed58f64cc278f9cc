import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Processor } from "./machines.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * The packages of one release of Debian for one processor, whatever this machine is: apt with lists and a cache of its
 * own, in which nothing is installed. They come from where this machine's own packages come from.
 */
export class DebianArchive {
  readonly #directory: string;
  readonly #configuration: string;

  /** Reads the lists anew. Throws what apt says, or where this machine takes no packages of Debian. */
  constructor(suite: string, processor: Processor, directory: string) {
    this.#directory = directory;
    this.#configuration = join(directory, "apt.conf");
    for (const folder of [
      "state/lists/partial",
      "cache/archives/partial",
      "etc/apt.conf.d",
      "etc/preferences.d",
      "single",
    ]) {
      mkdirSync(join(directory, folder), { recursive: true });
    }
    writeFileSync(join(directory, "state/status"), "");
    writeFileSync(
      join(directory, "etc/sources.list"),
      `deb [signed-by=${KEYRING}] ${mirror()} ${suite} main\n`,
    );
    writeFileSync(this.#configuration, configuration(directory, processor));
    this.#apt("apt-get", ["update", "-qq"]);
  }

  /** The newest of the packages whose names match, undefined where none does. */
  newest(pattern: RegExp): string | undefined {
    const names = this.#apt("apt-cache", ["pkgnames"]).split("\n");
    const found = names.filter((name) => pattern.test(name));
    return found.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
  }

  /** Fetches packages and all that they depend on; their files, and those of the packages that were fetched before. */
  fetch(packages: readonly string[]): readonly string[] {
    this.#apt("apt-get", ["autoclean", "-qq"]);
    const flags = ["-qq", "-y", "--no-install-recommends", "--download-only"];
    this.#apt("apt-get", ["install", ...flags, ...packages]);
    return packageFiles(join(this.#directory, "cache/archives"));
  }

  /** Fetches one package without what it depends on; its file. */
  fetchAlone(name: string): string {
    const folder = join(this.#directory, "single");
    this.#apt("apt-get", ["download", "-qq", name], folder);
    const file = packageFiles(folder).find((path) => path.startsWith(join(folder, `${name}_`)));
    if (file === undefined) throw new Error(`apt-get left no file of the package ${name}`);
    return file;
  }

  #apt(command: string, args: readonly string[], cwd = this.#directory): string {
    return execFileSync(command, args, {
      cwd,
      encoding: "utf8",
      maxBuffer: 1 << 26,
      env: { ...process.env, APT_CONFIG: this.#configuration, DEBIAN_FRONTEND: "noninteractive" },
    });
  }
}

function packageFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(folder, name));
}

/** Where this machine's own packages of Debian come from. */
function mirror(): string {
  const format = "$(REPO_URI) $(ORIGIN) $(LABEL)";
  const targets = execFileSync("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], {
    encoding: "utf8",
  });
  const found = /^(\S+) Debian Debian$/m.exec(targets)?.[1];
  if (found === undefined)
    throw new Error("this machine takes no packages of Debian, whose kernels are booted");
  return found;
}

function configuration(directory: string, processor: Processor): string {
  const settings = {
    Dir: directory,
    "Dir::State": `${directory}/state`,
    "Dir::State::status": `${directory}/state/status`,
    "Dir::Cache": `${directory}/cache`,
    "Dir::Etc": `${directory}/etc`,
    "Dir::Etc::sourcelist": `${directory}/etc/sources.list`,
    "Dir::Etc::sourceparts": "/dev/null",
    "APT::Architecture": processor,
    "APT::Architectures": processor,
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    // A mirror may hold a release as it was when that was last looked after.
    "Acquire::Check-Valid-Until": "false",
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} "${value}";\n`)
    .join("");
}
