import { isAbsolute } from "node:path";
import { type ConnectionTarget, parseTargetUrl } from "./connectionTarget.ts";
import { whyText } from "../../protocol/text/shownError.ts";
import { english } from "../../protocol/text/translate.ts";

/** Where this project's service listens unless it is told otherwise. */
export const DEFAULT_SOCKET_PATH = "/run/process-logging/tracer.sock";

/** The names of the settings, below `processLogging.`. */
export const CONNECTION_SETTINGS = ["socket", "url", "tokenFile", "autoConnect"] as const;

/** What the user set about connections. */
export interface ConnectionSettings {
  readonly socket: ConnectionTarget & { readonly type: "unix" };
  readonly url: (ConnectionTarget & { readonly type: "url" }) | undefined;
  /** Holds the token for `url`. */
  readonly tokenFile: string | undefined;
  /** Whether the local socket connects by itself as soon as it exists. */
  readonly autoConnect: boolean;
  /** What is wrong with settings that were left out, in one line each. */
  readonly problems: readonly string[];
}

/** The part of `vscode.WorkspaceConfiguration` that tells where a value was set. */
export interface InspectedSettings {
  inspect(key: string): { readonly globalValue?: unknown } | undefined;
}

/**
 * Reads what was set for the machine or the user. What a folder or a workspace file says does not count: a repository
 * must not decide where to connect and with which secret.
 */
export function readConnectionSettings(settings: InspectedSettings): ConnectionSettings {
  const problems: string[] = [];
  const text = (key: (typeof CONNECTION_SETTINGS)[number]): string | undefined => {
    const value = settings.inspect(key)?.globalValue;
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "string" && value.length <= 4096 && !value.includes("\0")) return value;
    problems.push(`processLogging.${key} is left out: it is no text of a usable length`);
    return undefined;
  };
  const path = (key: "socket" | "tokenFile"): string | undefined => {
    const value = text(key);
    if (value === undefined || isAbsolute(value)) return value;
    problems.push(`processLogging.${key} is left out: write the whole path`);
    return undefined;
  };
  return {
    socket: { type: "unix", socketPath: path("socket") ?? DEFAULT_SOCKET_PATH },
    url: readUrl(text("url"), problems),
    tokenFile: path("tokenFile"),
    autoConnect: settings.inspect("autoConnect")?.globalValue !== false,
    problems,
  };
}

function readUrl(value: string | undefined, problems: string[]): ConnectionSettings["url"] {
  if (value === undefined) return undefined;
  try {
    const target = parseTargetUrl(value);
    return target.type === "url" ? target : undefined;
  } catch (error) {
    problems.push(`processLogging.url is left out: ${whyText(error, english)}`);
    return undefined;
  }
}
