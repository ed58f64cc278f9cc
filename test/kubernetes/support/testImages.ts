import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeBusyboxRoot } from "../../containers/support/rootFileSystem.ts";
import { writeDockerArchive } from "./dockerArchive.ts";
import { copyHostPrograms } from "./hostPrograms.ts";
import { PAUSE_IMAGE } from "./nodeAgents.ts";

/** The image of workspaces: a static busybox and some of this machine's programs, with the users root and jessie (1000). */
export const WORKSPACE_IMAGE = "process-logging/workspace:test";

/** Programs of busybox's own would run inside its shell, without an exec. */
const PROGRAMS = [
  "bash",
  "cat",
  "curl",
  "env",
  "false",
  "ls",
  "readlink",
  "sed",
  "sh",
  "sleep",
  "true",
  "uname",
];

/** Makes the images that every cluster needs, as tar files in a folder. */
export function makeTestImages(folder: string): readonly string[] {
  const [pause, workspace] = [join(folder, "pause.tar"), join(folder, "workspace.tar")];
  const root = mkdtempSync(join(tmpdir(), "process-logging-root-"));
  try {
    const pauseRoot = join(root, "pause");
    mkdirSync(pauseRoot);
    const source = join(import.meta.dirname, "../programs/pause.c");
    execFileSync("cc", ["-static", "-Os", "-s", "-o", join(pauseRoot, "pause"), source]);
    writeDockerArchive(pauseRoot, PAUSE_IMAGE, { Entrypoint: ["/pause"] }, pause);

    const workspaceRoot = join(root, "workspace");
    mkdirSync(workspaceRoot);
    makeBusyboxRoot(workspaceRoot);
    copyHostPrograms(workspaceRoot, PROGRAMS);
    writeDockerArchive(workspaceRoot, WORKSPACE_IMAGE, { Cmd: ["/bin/sh"], Env: ["PATH=/bin"] }, workspace);
    return [pause, workspace];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
