import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
  type Stats,
} from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { getSystemErrorMessage } from "node:util";

const SOCKET_MODE = 0o660;
/** Nobody but the owner, until group and mode are set. */
const PRIVATE_UMASK = 0o177;
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/** A socket that listens, and how to remove what was made for it. */
export interface SocketFile {
  readonly remove: () => void;
}

/** Whose the socket is. */
export interface SocketFileOptions {
  readonly ownUid: number;
  /** The group that may use it, too. */
  readonly gid: number | undefined;
  /** A folder that others may write will do: nothing is told or believed there that they could make use of. */
  readonly inOpenFolder?: boolean;
}

/**
 * Lets a server listen on a Unix socket that its owner and `gid` may use. A socket on which nobody answers is
 * replaced. Rejects with one line where somebody answers, or where others could put something else in its place.
 */
export async function listenOnSocketFile(
  server: Server,
  path: string,
  { ownUid, gid, inOpenFolder = false }: SocketFileOptions,
): Promise<SocketFile> {
  const directory = dirname(path);
  try {
    const made = makeDirectory(directory, ownUid);
    if (!inOpenFolder) assertOnlyOwnersWrite(directory, ownUid);
    await removeStale(path, ownUid);
    await listen(server, path);
    const { ino } = lstatSync(path);
    const remove = (): void => {
      if (look(path)?.ino === ino) unlinkSync(path);
      if (made) removeEmpty(directory);
    };
    try {
      if (gid !== undefined) chownSync(path, ownUid, gid);
      chmodSync(path, SOCKET_MODE);
    } catch (error) {
      server.close();
      remove();
      throw error;
    }
    return { remove };
  } catch (cause) {
    throw new Error(`could not listen on unix:${path}: ${reasonOf(cause)}`, { cause });
  }
}

function makeDirectory(directory: string, ownUid: number): boolean {
  try {
    mkdirSync(directory, { mode: 0o755 });
    // Whatever the umask is.
    chmodSync(directory, 0o755);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    closeOwnEmpty(directory, ownUid);
    return false;
  }
}

/** kubelet makes an emptyDir volume open to all. Nobody has used an empty one, and who owns it may close it. */
function closeOwnEmpty(directory: string, ownUid: number): void {
  const { mode, uid } = directoryAt(directory);
  const open = (mode & OTHERS_MAY_WRITE) !== 0 && (mode & STICKY) === 0;
  if (open && uid === ownUid && readdirSync(directory).length === 0) chmodSync(directory, 0o755);
}

/** Who may write a directory on the way could lead readers to a socket of their own. */
function assertOnlyOwnersWrite(directory: string, ownUid: number): void {
  for (let each = directory; ; each = dirname(each)) {
    const { mode, uid } = directoryAt(each);
    if (uid !== 0 && uid !== ownUid) {
      throw new Error(`${each} belongs to uid ${String(uid)}: choose a path whose folders are root's`);
    }
    const shared = (mode & OTHERS_MAY_WRITE) !== 0;
    if (shared && ((mode & STICKY) === 0 || each === directory)) {
      throw new Error(`others may write in ${each}: choose another folder, or chmod go-w it`);
    }
    if (each === "/") return;
  }
}

function directoryAt(path: string): Stats {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) throw new Error(`${path} is a symbolic link: give the path it leads to`);
  if (!stats.isDirectory()) throw new Error(`${path} is not a folder`);
  return stats;
}

async function removeStale(path: string, ownUid: number): Promise<void> {
  const stats = look(path);
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new Error("something that is not a socket is there: remove it");
  if (stats.uid !== 0 && stats.uid !== ownUid) {
    throw new Error(`a socket of uid ${String(stats.uid)} is there: remove it`);
  }
  if (await isAnswered(path))
    throw new Error("another service answers there: stop it, or choose another path");
  unlinkSync(path);
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => {
      // Its queue is full: there is a service behind it.
      if (error.code === "EAGAIN") resolve(true);
      else if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(error);
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The file is made within the call.
    const before = process.umask(PRIVATE_UMASK);
    try {
      server.listen({ path, exclusive: true }, () => {
        server.off("error", reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Something else is in it, and it stays.
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno, code, path } = error as NodeJS.ErrnoException;
  if (errno === undefined || code === undefined) return error.message;
  return `${getSystemErrorMessage(errno)}${path === undefined ? "" : ` (${path})`}`;
}
