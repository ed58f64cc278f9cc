import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findToken, parseToken, type Secrets, tokenKey } from "../../../../extension/source/bearerToken.ts";
import { type ConnectionError, toConnectionError } from "../../../../extension/source/connectionError.ts";

const URL = "https://tracer.example.com/";
const TOKEN = "0123456789abcdef";

class FakeSecrets implements Secrets {
  readonly kept = new Map<string, string>();

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.kept.get(key));
  }

  store(key: string, value: string): Promise<void> {
    this.kept.set(key, value);
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.kept.delete(key);
    return Promise.resolve();
  }
}

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "token-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function tokenFile(content: string, mode: number): Promise<string> {
  const path = join(directory, "token");
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

async function failure(promise: Promise<unknown>): Promise<ConnectionError> {
  return promise.then(
    () => {
      throw new Error("it found a token");
    },
    (error: unknown) => toConnectionError(error),
  );
}

describe("findToken", () => {
  it("takes the token of this URL out of the secret storage", async () => {
    const secrets = new FakeSecrets();
    await secrets.store(tokenKey(URL), TOKEN);
    expect(await findToken(URL, undefined, secrets)).toBe(TOKEN);
    const error = await failure(findToken("https://other.example.com/", undefined, secrets));
    expect(error.message).toContain("there is no token for https://other.example.com/");
    expect(error.final).toBe(true);
  });

  it.each([0o600, 0o400])("takes a private file's token, mode %o, without the newline", async (mode) => {
    expect(await findToken(URL, await tokenFile(`${TOKEN}\n`, mode), new FakeSecrets())).toBe(TOKEN);
  });

  it.each<[string, string, number, string]>([
    ["that others may read", TOKEN, 0o644, "others may read or change it: make it private with chmod 600"],
    ["that its group may read", TOKEN, 0o640, "others may read or change it"],
    ["that is empty", "\n", 0o600, "the token is empty"],
    ["of several lines", `${TOKEN}\n${TOKEN}`, 0o600, "that is no token"],
    ["that is too big", "x".repeat(20_000), 0o600, "too big"],
  ])("refuses a file %s", async (_, content, mode, why) => {
    const error = await failure(findToken(URL, await tokenFile(content, mode), new FakeSecrets()));
    expect(error.message).toContain(why);
    expect(error.message).not.toContain(TOKEN);
    expect(error.final).toBe(true);
  });

  it.each([
    ["that is a directory", "."],
    ["that does not exist", "none"],
  ])("refuses a file %s", async (_, name) => {
    const error = await failure(findToken(URL, join(directory, name), new FakeSecrets()));
    expect(error.message).toMatch(/^could not take the token from /);
  });

  it("prefers the file, and does not fall back where it can't be used", async () => {
    const secrets = new FakeSecrets();
    await secrets.store(tokenKey(URL), "of-the-secret-storage");
    expect(await findToken(URL, await tokenFile(TOKEN, 0o600), secrets)).toBe(TOKEN);
    await failure(findToken(URL, join(directory, "none"), secrets));
  });
});

describe("parseToken", () => {
  it.each(["two words", "tab\there", "naïve", "a\u202eb"])("refuses %j without repeating it", (text) => {
    expect(() => parseToken(text)).toThrow(/^that is no token: a token is one line/);
  });
});
