import { describe, expect, it } from "vitest";
import {
  type ConnectionSettings,
  DEFAULT_SOCKET_PATH,
  readConnectionSettings,
} from "../../../../extension/source/connectionSettings.ts";

const defaults: ConnectionSettings = {
  socket: { type: "unix", socketPath: DEFAULT_SOCKET_PATH },
  url: undefined,
  tokenFile: undefined,
  autoConnect: true,
  problems: [],
};

function read(values: Record<string, unknown>): ConnectionSettings {
  return readConnectionSettings({ inspect: (key) => ({ globalValue: values[key] }) });
}

describe("readConnectionSettings", () => {
  it.each<[string, Record<string, unknown>, Partial<ConnectionSettings>]>([
    ["defaults where nothing is set", {}, {}],
    ["defaults for empty texts", { socket: "", url: "", tokenFile: "" }, {}],
    [
      "what is set",
      { socket: "/run/x.sock", url: "wss://tracer.example.com", tokenFile: "/etc/token", autoConnect: false },
      {
        socket: { type: "unix", socketPath: "/run/x.sock" },
        url: { type: "url", url: "https://tracer.example.com/" },
        tokenFile: "/etc/token",
        autoConnect: false,
      },
    ],
  ])("gives %s", (_, values, expected) => {
    expect(read(values)).toEqual({ ...defaults, ...expected });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["another type", { socket: 7 }, "processLogging.socket is left out: it is no text"],
    ["a relative path", { tokenFile: "token" }, "processLogging.tokenFile is left out: write the whole path"],
    ["a NUL", { socket: "/run/x\0" }, "processLogging.socket is left out"],
    ["a text that is too long", { socket: `/${"x".repeat(5_000)}` }, "processLogging.socket is left out"],
    [
      "an unsafe address",
      { url: "http://tracer.example.com" },
      "processLogging.url is left out: the address must",
    ],
  ])("leaves %s out and says so", (_, values, problem) => {
    const settings = read(values);
    expect(settings).toEqual({ ...defaults, problems: settings.problems });
    expect(settings.problems).toEqual([expect.stringContaining(problem)]);
  });

  it("takes nothing from a folder's or a workspace's settings", () => {
    const inspected = {
      globalValue: undefined,
      workspaceValue: "/evil/workspace.sock",
      workspaceFolderValue: "/evil/folder.sock",
    };
    expect(readConnectionSettings({ inspect: () => inspected })).toEqual(defaults);
  });
});
