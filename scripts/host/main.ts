// What `npm start` runs once all is prepared: the tracer and a code-server that shows what it traces.
import { spawnSync } from "node:child_process";
import { existsSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { findHierarchies } from "../../tracer-service/cgroup/hierarchies.ts";
import { claim } from "../claim.mjs";
import { CODE_SERVER_ENTRY } from "../codeServer.mjs";
import { parseHostFlags } from "../hostFlags.mjs";
import { NODE, ROOT } from "../prepare.mjs";
import { say } from "../say.mjs";
import { VSIX } from "../vsix.mjs";
import { type Caller, callerEnvironment, findCaller } from "./caller.ts";
import { identityFlags } from "./codeServer.ts";
import { findPort } from "./freePort.ts";
import { Host } from "./host.ts";
import { isAnswered } from "./localHttp.ts";
import { RunDirectory } from "./runDirectory.ts";
import { Tracer } from "./tracer.ts";
import { WorkspaceCgroup } from "./workspaceCgroup.ts";

/** Where the extension looks by itself. */
const DEFAULT_SOCKET = "/run/process-logging/tracer.sock";

type HostFlags = NonNullable<ReturnType<typeof parseHostFlags>>;

const isRoot = process.getuid?.() === 0;

async function main(): Promise<number> {
  const flags = parseHostFlags(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
  if (flags === undefined) return 0;
  const caller = findCaller({
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    env: process.env,
    passwdLine: (uid) => {
      const { status, stdout } = spawnSync("getent", ["passwd", String(uid)], { encoding: "utf8" });
      return status === 0 ? stdout : undefined;
    },
  });
  assertUsable(flags, caller);
  const port = await findPort(flags.port, flags.portGiven);
  if (port !== flags.port) say(`Port ${String(flags.port)} is taken; code-server gets ${String(port)}.`);
  return await runHost({ ...flags, port }, caller);
}

/** Throws one line for what would fail later, and less clearly. */
function assertUsable({ folder }: HostFlags, caller: Caller): void {
  if (folder !== undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Error(`--folder ${folder}: there is no such folder`);
  }
  const [program = "", ...args] = [
    ...asCaller(caller),
    ...["test", "-r", join(ROOT, CODE_SERVER_ENTRY), "-a", "-r", join(ROOT, VSIX), "-a", "-x", NODE],
  ];
  if (spawnSync(program, args).status !== 0) {
    throw new Error(
      `${caller.name}, as whom code-server is to run, can't read ${ROOT}: put the checkout where that user can`,
    );
  }
}

/** Words that make what follows run as the caller. */
function asCaller(caller: Caller): readonly string[] {
  return isRoot ? ["setpriv", ...identityFlags(caller), "--"] : [];
}

async function runHost(flags: HostFlags, caller: Caller): Promise<number> {
  const ownSocket = !isRoot || !(await takeDefaultSocket());
  const directory = new RunDirectory();
  const socketPath = ownSocket ? join(directory.path, "tracer.sock") : DEFAULT_SOCKET;
  const socketFolderWasThere = existsSync(dirname(socketPath));
  const host = new Host({
    startTracer: () =>
      new Tracer({
        program: join(ROOT, "dist/tracer-service/main.js"),
        env: { ...process.env, PATH: `${dirname(NODE)}:${process.env["PATH"] ?? ""}` },
        socketPath,
        stateDir: join(directory.path, "state"),
        gid: caller.gid,
        log: flags.log,
        say,
      }),
    editor: {
      command: [NODE, join(ROOT, CODE_SERVER_ENTRY)],
      vsix: join(ROOT, VSIX),
      directory: directory.editor,
      port: flags.port,
      folder: flags.folder,
      caller,
      dropPrivileges: isRoot,
      env: { ...callerEnvironment(caller, process.env), XDG_RUNTIME_DIR: directory.sockets },
      socketPath: ownSocket ? socketPath : undefined,
    },
    cgroup: await makeCgroup(caller.name),
    say,
    announce: (lines) => {
      const text = lines.map((line) => `${line}\n`).join("");
      // Stdout is the log's when it goes there.
      (flags.log === "-" ? process.stderr : process.stdout).write(text);
    },
    nowMs: () => performance.now(),
  });
  if (isRoot) directory.giveEditorTo(caller.uid, caller.gid);
  endOnInterrupt(host);
  try {
    return await host.run();
  } finally {
    await removeSocket(socketPath, socketFolderWasThere);
    directory.remove(asCaller(caller));
  }
}

/** Another tracer may have it, or is about to. */
async function takeDefaultSocket(): Promise<boolean> {
  const release = await claim(`socket ${DEFAULT_SOCKET}`);
  if (release === undefined) return false;
  if (!(await isAnswered(DEFAULT_SOCKET))) return true;
  release();
  return false;
}

async function makeCgroup(username: string): Promise<WorkspaceCgroup | undefined> {
  if (!isRoot) return undefined;
  try {
    const [hierarchy] = findHierarchies().visible;
    if (hierarchy === undefined) throw new Error("the root of this host's cgroups can't be seen from here");
    return await WorkspaceCgroup.make(hierarchy.mountPoint, username);
  } catch (error) {
    say(
      `could not make a cgroup for the workspace: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

function endOnInterrupt(host: Host): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      host.interrupt(signal);
    });
  }
  // Killed, so that nobody would pass signals on any more.
  process.on("disconnect", () => {
    host.interrupt("the end of the script that started it");
  });
  // A terminal that has gone away takes no more lines.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

/** A service that was killed could not remove its socket. */
async function removeSocket(path: string, folderWasThere: boolean): Promise<void> {
  if (existsSync(path) && !(await isAnswered(path))) rmSync(path, { force: true });
  if (folderWasThere) return;
  try {
    rmdirSync(dirname(path));
  } catch {
    // Somebody else uses it by now, or it is gone.
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
// Nothing that still waits is of use: all that ran has ended.
process.exit();
