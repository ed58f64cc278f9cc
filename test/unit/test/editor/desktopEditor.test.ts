import { describe, expect, it } from "vitest";
import { desktopEditor } from "../../../editor/support/desktopEditor.ts";

const download = (): Promise<string> => Promise.resolve("/cache/code");

describe("desktopEditor", () => {
  it.each<[string, NodeJS.Platform, Readonly<Record<string, string>>]>([
    ["with an X display", "linux", { DISPLAY: ":0" }],
    ["with a Wayland display", "linux", { WAYLAND_DISPLAY: "wayland-0" }],
    ["on another system, which always has one", "darwin", {}],
  ])("is downloaded %s", async (_name, platform, env) => {
    expect(await desktopEditor({ platform, env, download })).toEqual({ executable: "/cache/code" });
  });

  it("is not even asked for where no window could be shown", async () => {
    const never = (): Promise<string> => {
      throw new Error("it was asked for");
    };
    expect(await desktopEditor({ platform: "linux", env: { DISPLAY: "" }, download: never })).toEqual({
      obstacle: "there is no display for its window",
    });
  });

  it("says why it can't be downloaded", async () => {
    const fail = (): Promise<string> => Promise.reject(new Error("no such host"));
    expect(await desktopEditor({ platform: "win32", env: {}, download: fail })).toEqual({
      obstacle: "it can't be downloaded: no such host",
    });
  });
});
