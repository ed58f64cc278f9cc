/** The person who started it, as whom code-server runs. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
  readonly shell: string;
  /** In the password database: only then has it groups to take over. */
  readonly known: boolean;
}

/** What the operating system says about this process. */
export interface CallerFacts {
  readonly uid: number;
  readonly gid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The line of the password database (passwd(5)), undefined when there is none. */
  readonly passwdLine: (uid: number) => string | undefined;
}

/** Under sudo the user who called it; otherwise who runs this process. Only root's sudo variables are believed. */
export function findCaller({ uid, gid, env, passwdLine }: CallerFacts): Caller {
  const sudoUid = uid === 0 ? parseId(env["SUDO_UID"]) : undefined;
  const ownUid = sudoUid ?? uid;
  const [name, , , group, , home, shell] = passwdLine(ownUid)?.trim().split(":") ?? [];
  const known = name !== undefined && name !== "";
  return {
    uid: ownUid,
    gid: (sudoUid === undefined ? gid : parseId(env["SUDO_GID"])) ?? parseId(group) ?? gid,
    name: known ? name : `uid-${String(ownUid)}`,
    home: home === undefined || home === "" ? "/" : home,
    shell: shell === undefined || !isInteractive(shell) ? "/bin/sh" : shell,
    known,
  };
}

/** The environment of a program that runs as the caller: nothing of npm's, and nothing of sudo's. */
export function callerEnvironment(
  { name, home, shell }: Caller,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (KEPT.includes(entry[0]) || entry[0].startsWith("LC_")),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: withoutPackages(env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"),
    HOME: home,
    USER: name,
    LOGNAME: name,
    SHELL: shell,
  };
}

const KEPT = [
  "LANG",
  "LANGUAGE",
  "TZ",
  "TERM",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
];

/** npm puts its own folders before the user's. */
function withoutPackages(path: string): string {
  return path
    .split(":")
    .filter((folder) => !/\/(node_modules\/\.bin|node-gyp-bin)$/.test(folder))
    .join(":");
}

/** A service's user has a shell that only says no. */
function isInteractive(shell: string): boolean {
  return shell.startsWith("/") && !/\/(nologin|false)$/.test(shell);
}

function parseId(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < 0xffff_ffff
    ? Number(text)
    : undefined;
}
