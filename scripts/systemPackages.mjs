import { existsSync } from "node:fs";
import { join } from "node:path";
import { architecture } from "./architecture.mjs";

/**
 * @typedef {object} SystemPackage
 * @property {string} name What Debian and Ubuntu call it.
 * @property {"bin" | "include" | "lib"} kind Where to look for `file`.
 * @property {string} file A file of it: where that is, the package counts as there, however it was installed.
 */

/** @type {readonly SystemPackage[]} */
const TO_BUILD_AND_TRACE = [
  { name: "clang", kind: "bin", file: "clang" },
  { name: "libbpf-dev", kind: "include", file: "bpf/bpf_helpers.h" },
  { name: "linux-libc-dev", kind: "include", file: "linux/bpf.h" },
  { name: "libbpf1", kind: "lib", file: "libbpf.so.1" },
];

/**
 * To compile the native modules of code-server, of which npm holds sources only.
 * @type {readonly SystemPackage[]}
 */
const FOR_CODE_SERVER = [
  { name: "g++", kind: "bin", file: "g++" },
  { name: "make", kind: "bin", file: "make" },
  { name: "python3", kind: "bin", file: "python3" },
  { name: "libkrb5-dev", kind: "include", file: "gssapi/gssapi.h" },
];

/** @type {readonly SystemPackage[]} */
const TO_TEST = [
  { name: "libc6-dev", kind: "include", file: "stdio.h" },
  { name: "runc", kind: "bin", file: "runc" },
  { name: "busybox-static", kind: "bin", file: "busybox" },
  { name: "curl", kind: "bin", file: "curl" },
  { name: "debootstrap", kind: "bin", file: "debootstrap" },
  { name: "chromium", kind: "bin", file: "chromium" },
  { name: "etcd-server", kind: "bin", file: "etcd" },
  { name: "containerd", kind: "bin", file: "containerd" },
  { name: "containernetworking-plugins", kind: "lib", file: "cni/ptp" },
  { name: "buildah", kind: "bin", file: "buildah" },
  { name: "debootstrap", kind: "bin", file: "debootstrap" },
  { name: "openssl", kind: "bin", file: "openssl" },
  { name: "iproute2", kind: "bin", file: "ip" },
];

/**
 * To boot other kernels and processors.
 * @type {readonly SystemPackage[]}
 */
const FOR_MACHINES = [
  { name: "libc6-dev", kind: "include", file: "stdio.h" },
  { name: "cpio", kind: "bin", file: "cpio" },
  { name: "gcc-aarch64-linux-gnu", kind: "bin", file: "aarch64-linux-gnu-gcc" },
  { name: "libc6-dev-arm64-cross", kind: "include", file: "../aarch64-linux-gnu/include/stdio.h" },
  { name: "qemu-system-x86", kind: "bin", file: "qemu-system-x86_64" },
  { name: "qemu-system-arm", kind: "bin", file: "qemu-system-aarch64" },
];

/** The system packages that the tracer needs by itself, that each of the two commands needs, and that `npm run test:machines` needs. */
export const SYSTEM_PACKAGES = {
  trace: TO_BUILD_AND_TRACE,
  start: [...TO_BUILD_AND_TRACE, ...FOR_CODE_SERVER],
  test: [...TO_BUILD_AND_TRACE, ...FOR_CODE_SERVER, ...TO_TEST],
  machines: [...TO_BUILD_AND_TRACE, ...FOR_MACHINES],
};

/**
 * The folders that hold each kind of file on the Linux distributions, most specific first.
 * @param {string} path The environment's PATH.
 * @param {string} multiarch
 * @returns {Readonly<Record<SystemPackage["kind"], readonly string[]>>}
 */
function searchFolders(path, multiarch) {
  return {
    bin: [...path.split(":").filter((folder) => folder !== ""), "/usr/sbin", "/sbin"],
    include: ["/usr/include", "/usr/local/include"],
    lib: [`/usr/lib/${multiarch}`, `/lib/${multiarch}`, "/usr/lib64", "/usr/lib", "/lib64", "/usr/local/lib"],
  };
}

/**
 * Names of the packages of which no file is found on this machine.
 * @param {readonly SystemPackage[]} packages
 * @param {(path: string) => boolean} [exists]
 * @returns {string[]}
 */
export function missingPackages(packages, exists = existsSync) {
  const folders = searchFolders(process.env.PATH ?? "", architecture(process.arch).multiarch);
  return packages
    .filter(({ kind, file }) => !folders[kind].some((folder) => exists(join(folder, file))))
    .map(({ name }) => name);
}

/**
 * @typedef {object} Machine What installing packages needs of the machine.
 * @property {boolean} isRoot
 * @property {boolean} hasAptGet
 * @property {(command: string, args: readonly string[], env: Readonly<Record<string, string>>) => boolean} run
 *   Runs a command to its end; false when it failed.
 */

/**
 * Installs packages by apt-get. Throws one line that says what to install when it can't.
 * @param {readonly string[]} names
 * @param {Machine} machine
 */
export function installPackages(names, machine) {
  const list = names.join(" ");
  if (!machine.hasAptGet) {
    throw new Error(
      `missing system packages, and no apt-get to install them: install what Debian calls ${list}, then run this again`,
    );
  }
  if (!machine.isRoot) {
    throw new Error(`missing system packages: run this as root, or first: sudo apt-get install -y ${list}`);
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // The lists of a fresh machine or container image are empty. A failed update is told by the install that needs it.
  machine.run("apt-get", ["update", "-q"], env);
  if (!machine.run("apt-get", ["install", "-qy", "--no-install-recommends", ...names], env)) {
    throw new Error(`could not install system packages: see apt-get's messages above, then install ${list}`);
  }
}
