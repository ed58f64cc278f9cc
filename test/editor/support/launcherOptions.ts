import { parseArgs } from "node:util";

/** What the launcher is asked to run. */
export interface LauncherOptions {
  /** The extension under test: an absolute path. */
  readonly extensionDevelopmentPath: string;
  /** A CommonJS module that exports `run`: an absolute path. */
  readonly extensionTestsPath: string;
  readonly extensionsDir: string | undefined;
  /** What the editor opens, if anything. */
  readonly folder: string | undefined;
}

/** Reads VS Code's own flags; those that only matter to a desktop are passed over. */
export function launcherOptions(args: readonly string[]): LauncherOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    options: {
      extensionDevelopmentPath: { type: "string" },
      extensionTestsPath: { type: "string" },
      "extensions-dir": { type: "string" },
    },
  });
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const needed = (name: "extensionDevelopmentPath" | "extensionTestsPath"): string => {
    const value = text(name);
    if (value === undefined) throw new Error(`the flag --${name} is missing: it takes an absolute path`);
    return value;
  };
  return {
    extensionDevelopmentPath: needed("extensionDevelopmentPath"),
    extensionTestsPath: needed("extensionTestsPath"),
    extensionsDir: text("extensions-dir"),
    folder: positionals[0],
  };
}
