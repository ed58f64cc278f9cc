import { createSign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { DIRECTORY_VARIABLE } from "./testEnvironment.ts";

/** With what the API server signs tokens; undefined where the cluster is somebody's own. */
export function signingKeyFile(): string | undefined {
  const directory = process.env[DIRECTORY_VARIABLE];
  const file = directory === undefined ? undefined : join(directory, "certificates/sa.key");
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** A token as the API server would give it, but for its end, s since 1970 UTC: it gives none of less than ten minutes. */
export function signedToken(like: string, exp: number): string {
  const [header = "", payload = ""] = like.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Readonly<
    Record<string, unknown>
  >;
  const changed = { ...claims, exp, iat: exp - 3_600, nbf: exp - 3_600 };
  const text = `${header}.${Buffer.from(JSON.stringify(changed)).toString("base64url")}`;
  const key = readFileSync(signingKeyFile() ?? "");
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key).toString("base64url")}`;
}
