import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { ConnectionError } from "./connectionError.ts";
import { ShownError, whyText } from "../../protocol/text/shownError.ts";

/** Longer than any token; a file that is bigger holds something else. */
const MAX_TOKEN_BYTES = 16_384;

/** What `vscode.SecretStorage` does for tokens. */
export interface Secrets {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

/** Under which name the token for a URL is kept in the editor's secret storage. */
export function tokenKey(url: string): string {
  return `processLogging.token:${url}`;
}

/** Throws in one line when the text can't be a token; its message never holds the text. */
export function parseToken(text: string): string {
  const token = text.trim();
  if (token === "") throw new ShownError((t) => t("the token is empty"));
  if (token.length > MAX_TOKEN_BYTES || !/^[!-~]+$/.test(token)) {
    throw new ShownError((t) => t("that is no token: a token is one line of letters, digits and signs"));
  }
  return token;
}

/**
 * The token for a URL: from the file, if one is set, or from the secret storage. Rejects with a `ConnectionError` that
 * only the user can do something about.
 */
export async function findToken(
  url: string,
  tokenFile: string | undefined,
  secrets: Secrets,
): Promise<string> {
  if (tokenFile !== undefined) return readTokenFile(tokenFile);
  const token = await secrets.get(tokenKey(url));
  if (token !== undefined) return token;
  throw new ConnectionError((t) => t("there is no token for {0}: connect again and give one", url), true);
}

async function readTokenFile(path: string): Promise<string> {
  try {
    return parseToken(await readPrivateFile(path));
  } catch (error) {
    throw new ConnectionError(
      (t) => t("could not take the token from {0}: {1}", path, whyText(error, t)),
      true,
      error,
    );
  }
}

async function readPrivateFile(path: string): Promise<string> {
  // A pipe in the file's place must not hold the extension up.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new ShownError((t) => t("it is no file"));
    if (process.platform !== "win32" && (stats.mode & 0o077) !== 0) {
      throw new ShownError((t) => t("others may read or change it: make it private with chmod 600"));
    }
    if (stats.size > MAX_TOKEN_BYTES) throw new ShownError((t) => t("it is too big to be a token"));
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_TOKEN_BYTES), 0, MAX_TOKEN_BYTES, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}
