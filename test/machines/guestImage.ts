import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { compileTestProgram } from "../kernel/support/testPrograms.ts";
import { DebianArchive } from "./debianArchive.ts";
import type { Processor } from "./machines.ts";
import { nodePackages } from "./nodePackages.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The oldest release whose libbpf the service takes. */
const SUITE = "bookworm";
/** What the tests run. */
const PACKAGES =
  "bash bsdutils coreutils dash findutils grep gzip libbpf1 libstdc++6 login mount passwd procps sed util-linux".split(
    " ",
  );
const COMPILERS: Readonly<Record<Processor, readonly [string]>> = {
  amd64: ["clang"],
  arm64: ["aarch64-linux-gnu-gcc"],
};
/** Programs of the tests that are for one processor only. */
const ONLY_ON: Readonly<Record<string, Processor>> = { exec_by_int80: "amd64" };
const PASSWD =
  "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";

/**
 * Writes what a machine boots into: an initial RAM disk with a small Debian, Node.js, this checkout as it is built, and the
 * programs of the tests. The machine has no disk, so its kernel needs no driver. What is fetched is kept in `cache`.
 */
export function writeGuestImage(processor: Processor, file: string, cache: string): void {
  const guest = mkdtempSync(join(tmpdir(), "process-logging-guest-"));
  try {
    chmodSync(guest, 0o755);
    unpackDebian(guest, new DebianArchive(SUITE, processor, join(cache, `${SUITE}-${processor}`)));
    copyCheckout(join(guest, "src"));
    copyNode(guest, processor, cache);
    compilePrograms(join(guest, "compiled"), processor);
    copyExecutable(join(import.meta.dirname, "guest/init"), join(guest, "init"));
    shell('find . | cpio --create --format=newc --quiet > "$1"', guest, file);
  } finally {
    rmSync(guest, { recursive: true, force: true });
  }
}

function unpackDebian(guest: string, archive: DebianArchive): void {
  for (const folder of ["bin", "sbin", "lib", "lib64"]) {
    mkdirSync(join(guest, "usr", folder), { recursive: true });
    symlinkSync(join("usr", folder), join(guest, folder));
  }
  for (const folder of ["dev", "proc", "sys", "run", "root", "etc", "mnt", "tmp"])
    mkdirSync(join(guest, folder));
  chmodSync(join(guest, "tmp"), 0o1777);
  for (const file of archive.fetch(PACKAGES)) {
    shell(
      'dpkg-deb --fsys-tarfile "$1" | tar --extract --keep-directory-symlink --exclude="./usr/share/*"',
      guest,
      file,
    );
  }
  writeFileSync(join(guest, "etc/passwd"), PASSWD);
  writeFileSync(join(guest, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
}

/** The sources as they are, committed or not, and what was built of them that no processor matters to. */
function copyCheckout(target: string): void {
  mkdirSync(target);
  const sources = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: ROOT,
  });
  execFileSync(
    "sh",
    [
      "-c",
      `tar --create --null --files-from=- --ignore-failed-read | tar --extract --directory="$1"`,
      "sh",
      target,
    ],
    {
      cwd: ROOT,
      input: sources,
      stdio: ["pipe", "ignore", "inherit"],
    },
  );
  shell('tar --create dist/bpf dist/tracer-service | tar --extract --directory="$1"', ROOT, target);
}

function copyNode(guest: string, processor: Processor, cache: string): void {
  const { folder, node } = nodePackages(processor, cache);
  // The package of that name holds Node.js once more.
  const copy = 'tar --create --exclude=node_modules/node node_modules | tar --extract --directory="$1"';
  shell(copy, folder, join(guest, "src"));
  copyExecutable(node, join(guest, "usr/bin/node"));
}

function compilePrograms(folder: string, processor: Processor): void {
  mkdirSync(folder);
  for (const source of readdirSync(join(ROOT, "test/kernel/programs"))) {
    const name = basename(source, ".c");
    const only = ONLY_ON[name];
    if (only === undefined || only === processor) {
      compileTestProgram(name, join(folder, name), COMPILERS[processor]);
    }
  }
}

function copyExecutable(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

/** Runs a line of a shell in a folder; throws where any program of it fails. */
function shell(line: string, cwd: string, argument: string): void {
  execFileSync("bash", ["-o", "pipefail", "-c", line, "bash", argument], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
