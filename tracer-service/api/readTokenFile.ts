import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

const MIN_TOKEN = 16;
const MAX_TOKEN_BYTES = 4_096;

/** The token that a file holds. Throws one line where others may read or replace it, or it is no usable token. */
export function readTokenFile(path: string, ownUid: number): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { mode, uid } = fstatSync(fd);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw unusable(path, "it is not a regular file");
    if ((mode & 0o777) !== 0o600) throw unusable(path, "its mode is not 0600: chmod 600 it");
    if (uid !== ownUid && uid !== 0)
      throw unusable(path, "it belongs to neither this user nor root: chown it");
    const bytes = Buffer.alloc(MAX_TOKEN_BYTES + 1);
    const token = bytes.toString("latin1", 0, readSync(fd, bytes, 0, bytes.length, 0)).trim();
    if (token.length < MIN_TOKEN) throw unusable(path, `it holds less than ${String(MIN_TOKEN)} characters`);
    if (token.length > MAX_TOKEN_BYTES || !/^[!-~]+$/.test(token)) {
      throw unusable(path, "it holds more than one line of printable ASCII without spaces");
    }
    return token;
  } finally {
    closeSync(fd);
  }
}

function unusable(path: string, why: string): Error {
  return new Error(`could not use the token file ${path}: ${why}`);
}
