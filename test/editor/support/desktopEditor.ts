import { join } from "node:path";
import { downloadAndUnzipVSCode, SilentReporter } from "@vscode/test-electron";

const ROOT = join(import.meta.dirname, "../../..");
/** Without a byte for so long, in milliseconds, there is no download. */
const TIMEOUT_MS = 15_000;

/** What decides whether a desktop VS Code can be had. */
export interface DesktopWorld {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Resolves with the path of its executable. */
  readonly download: () => Promise<string>;
}

/** A desktop VS Code, or in one line why there is none here. */
export type DesktopEditor = { readonly executable: string } | { readonly obstacle: string };

const THIS_MACHINE: DesktopWorld = {
  platform: process.platform,
  env: process.env,
  download: () =>
    downloadAndUnzipVSCode({
      cachePath: join(ROOT, "node_modules/.cache/vscode-test"),
      reporter: new SilentReporter(),
      timeout: TIMEOUT_MS,
    }),
};

/** Downloads a desktop VS Code, once for all runs, where it could show its window. */
export async function desktopEditor(world = THIS_MACHINE): Promise<DesktopEditor> {
  const { platform, env, download } = world;
  if (platform === "linux" && !env["DISPLAY"] && !env["WAYLAND_DISPLAY"]) {
    return { obstacle: "there is no display for its window" };
  }
  try {
    return { executable: await download() };
  } catch (error) {
    return { obstacle: `it can't be downloaded: ${error instanceof Error ? error.message : String(error)}` };
  }
}
