import { describe, expect, it } from "vitest";
import { callerEnvironment, findCaller } from "../../../../scripts/host/caller.ts";

const LINES: Readonly<Record<number, string>> = {
  0: "root:x:0:0:root:/root:/bin/bash\n",
  1000: "jessie:x:1000:1001:Jessie,,,:/home/jessie:/usr/bin/zsh\n",
  101: "postgres:x:101:104::/nonexistent:/usr/sbin/nologin\n",
};
const passwdLine = (uid: number): string | undefined => LINES[uid];
const find = (uid: number, env: Record<string, string> = {}): unknown =>
  findCaller({ uid, gid: uid, env, passwdLine });
const jessie = { uid: 1000, name: "jessie", home: "/home/jessie", shell: "/usr/bin/zsh", known: true };

describe("findCaller", () => {
  it.each([
    [
      "root without sudo",
      0,
      {},
      { uid: 0, gid: 0, name: "root", home: "/root", shell: "/bin/bash", known: true },
    ],
    ["who called sudo", 0, { SUDO_UID: "1000", SUDO_GID: "1000" }, { ...jessie, gid: 1000 }],
    ["who called sudo, by the database's group", 0, { SUDO_UID: "1000" }, { ...jessie, gid: 1001 }],
    ["an ordinary user", 1000, {}, { ...jessie, gid: 1000 }],
    ["an ordinary user whatever the environment says", 1000, { SUDO_UID: "0" }, { ...jessie, gid: 1000 }],
    ["root where sudo's variable is no uid", 0, { SUDO_UID: "-1" }, { uid: 0, name: "root" }],
    ["root where sudo's variable means nobody", 0, { SUDO_UID: "4294967295" }, { uid: 0, name: "root" }],
    [
      "a uid that no database knows",
      0,
      { SUDO_UID: "4711", SUDO_GID: "4712" },
      { uid: 4711, gid: 4712, name: "uid-4711", home: "/", shell: "/bin/sh", known: false },
    ],
    ["a user whose shell only says no", 0, { SUDO_UID: "101" }, { name: "postgres", shell: "/bin/sh" }],
  ])("finds %s", (_who, uid, env, expected) => {
    expect(find(uid, env as Record<string, string>)).toMatchObject(expected);
  });
});

describe("callerEnvironment", () => {
  const caller = { ...jessie, gid: 1000 };

  it("is the caller's own, with nothing of npm's and sudo's", () => {
    const env = callerEnvironment(caller, {
      HOME: "/root",
      USER: "root",
      LANG: "de_DE.UTF-8",
      LC_TIME: "C",
      SUDO_COMMAND: "/usr/bin/npm start",
      npm_config_registry: "https://registry.example/",
      INIT_CWD: "/root",
      AWS_SECRET_ACCESS_KEY: "secret",
      PATH: "/src/node_modules/.bin:/usr/lib/node_modules/npm/bin/node-gyp-bin:/usr/bin:/bin",
    });
    expect(env).toEqual({
      HOME: "/home/jessie",
      USER: "jessie",
      LOGNAME: "jessie",
      SHELL: "/usr/bin/zsh",
      LANG: "de_DE.UTF-8",
      LC_TIME: "C",
      PATH: "/usr/bin:/bin",
    });
  });

  it("has a path where there is none", () => {
    expect(callerEnvironment(caller, {})["PATH"]).toBe("/usr/local/bin:/usr/bin:/bin");
  });
});
