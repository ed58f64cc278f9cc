// Packs the built service as a Debian package with its own Node.js: dist/process-logging_VERSION_ARCHITECTURE.deb.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { architecture } from "./architecture.mjs";
import { say } from "./say.mjs";
import { stageService } from "./stageService.mjs";

const root = join(import.meta.dirname, "..");
const PROGRAMS = "/usr/lib/process-logging";

/** Where each file goes that is in the repository as it is. */
const FILES = {
  "deploy/systemd/process-logging.service": "usr/lib/systemd/system/process-logging.service",
  "deploy/systemd/process-logging-rotate.service": "usr/lib/systemd/system/process-logging-rotate.service",
  "deploy/systemd/process-logging-rotate.timer": "usr/lib/systemd/system/process-logging-rotate.timer",
  "deploy/systemd/default": "etc/default/process-logging",
  "deploy/systemd/logrotate": "etc/logrotate.d/process-logging",
  "README.md": "usr/share/doc/process-logging/README.md",
  "CHANGELOG.md": "usr/share/doc/process-logging/CHANGELOG.md",
  LICENSE: "usr/share/doc/process-logging/copyright",
};
/** What an admin may change, and an upgrade must not change back. */
const SETTINGS = ["/etc/default/process-logging", "/etc/logrotate.d/process-logging"];

/**
 * @param {string} version
 * @param {string} debianName The architecture's.
 * @returns {string}
 */
function control(version, debianName) {
  return `Package: process-logging
Version: ${version}
Architecture: ${debianName}
Maintainer: The Workspace Process Logging developers
Depends: libbpf1 (>= 1:1.0), libc6, libstdc++6, passwd, init-system-helpers
Recommends: logrotate
Section: admin
Priority: optional
Description: logs who ran what in which workspace
 Logs every program that starts in the workspaces of this host, in the kernel,
 attributed to its user and workspace, as lines of JSON; and tells the editor
 extension Workspace Process Logging.
`;
}

function pack() {
  if (!existsSync(join(root, "dist/tracer-service/main.js")))
    throw new Error("not built: run npm run build first");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { debianName } = architecture(process.arch);
  const target = join(root, `dist/process-logging_${version}_${debianName}.deb`);
  const tree = mkdtempSync(join(tmpdir(), "process-logging-deb-"));
  try {
    chmodSync(tree, 0o755);
    stageService(root, join(tree, PROGRAMS), PROGRAMS);
    mkdirSync(join(tree, "usr/bin"), { recursive: true });
    symlinkSync(`..${PROGRAMS.slice("/usr".length)}/tracer-service`, join(tree, "usr/bin/tracer-service"));
    for (const [from, to] of Object.entries(FILES)) {
      mkdirSync(dirname(join(tree, to)), { recursive: true });
      cpSync(join(root, from), join(tree, to));
    }
    cpSync(join(root, "deploy/debian"), join(tree, "DEBIAN"), { recursive: true });
    writeFileSync(join(tree, "DEBIAN/control"), control(version, debianName));
    writeFileSync(join(tree, "DEBIAN/conffiles"), `${SETTINGS.join("\n")}\n`);
    // Whatever the umask of who builds it: everybody may read what is installed, and only root may write it.
    run("chmod", ["-R", "u=rwX,go=rX", tree]);
    // The best compression takes a minute and saves a tenth.
    run("dpkg-deb", ["--root-owner-group", "-Zzstd", "-z9", "--build", tree, target]);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
  say(target);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(command, args) {
  const { error, status } = spawnSync(command, args, { stdio: ["ignore", 2, 2] });
  if (error !== undefined)
    throw new Error(`could not run ${command}: ${error.message}; it comes with Debian and Ubuntu`);
  if (status !== 0) throw new Error(`${command} failed: see its messages above`);
}

try {
  pack();
} catch (error) {
  say(`package:deb: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
