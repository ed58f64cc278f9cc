import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type * as vscode from "vscode";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { CONTEXT_KEYS } from "../../../extension/contextKeys.ts";
import { isEnabled } from "../../../extension/commands/enablement.ts";
import { CLUSTER_SETTINGS } from "../../../extension/cluster/clusterSettings.ts";
import { CONNECTION_SETTINGS, DEFAULT_SOCKET_PATH } from "../../../extension/source/connectionSettings.ts";
import {
  DEFAULT_VIEW_SETTINGS,
  MAX_EVENTS_KEPT,
  MIN_EVENTS_KEPT,
} from "../../../extension/stream/viewSettings.ts";
import { COLUMNS, ROW_ACTIONS, TIME_FORMATS, VIEW_COMMANDS } from "../../../protocol/webviewMessages.ts";
import { fakeVscode } from "./fakeVscode.ts";

interface Command {
  readonly command: string;
  readonly title: string;
  readonly category?: string;
  readonly enablement?: string;
}

interface Menu {
  readonly command: string;
  readonly when?: string;
}

interface Setting {
  readonly scope: string;
  readonly default: unknown;
  readonly markdownDescription: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly items?: { readonly enum: readonly string[] };
}

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly l10n: string;
  readonly extensionKind: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: string;
      readonly restrictedConfigurations: readonly string[];
    };
    readonly virtualWorkspaces: boolean;
  };
  readonly contributes: {
    readonly commands: readonly Command[];
    readonly menus: Readonly<Record<string, readonly Menu[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly viewsContainers: {
      readonly activitybar: readonly { readonly id: string; readonly icon: string }[];
    };
    readonly viewsWelcome: readonly {
      readonly view: string;
      readonly contents: string;
      readonly when?: string;
    }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly svg: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
  };
}

const root = join(import.meta.dirname, "../../..");
const manifestText = readFileSync(join(root, "package.json"), "utf8");
const manifest = JSON.parse(manifestText) as Manifest;
const nls = JSON.parse(readFileSync(join(root, "package.nls.json"), "utf8")) as Record<string, string>;
const { contributes } = manifest;
const commandIds = contributes.commands.map(({ command }) => command);
const viewIds = Object.values(contributes.views).flatMap((views) => views.map(({ id }) => id));
const settings = contributes.configuration.properties;
const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);

/** Matches of the first group, once each, sorted. */
function found(texts: readonly string[], pattern: RegExp): string[] {
  return [
    ...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, group]) => group ?? ""))),
  ].sort();
}

const fake = fakeVscode();
vi.mock("vscode", () => fake.module);

describe("the manifest and the code", () => {
  beforeAll(async () => {
    const { activate } = await import("../../../extension/extension.ts");
    const memento = { get: () => undefined, update: () => Promise.resolve() };
    activate({
      subscriptions: [],
      secrets: {},
      extensionUri: {},
      extension: { packageJSON: manifest },
      workspaceState: memento,
      globalState: memento,
    } as unknown as vscode.ExtensionContext);
  });

  it("name the same commands", () => {
    expect([...fake.registered.commands.keys()].sort()).toEqual([...commandIds].sort());
    expect(new Set(commandIds).size).toBe(commandIds.length);
  });

  it("name the same views", () => {
    expect([...fake.registered.views].sort()).toEqual([...viewIds].sort());
    expect(fake.registered.serializers).toEqual(["processLogging.stream"]);
    expect(manifestText).toContain('"onWebviewPanel:processLogging.stream"');
  });

  it("name the same context keys", () => {
    expect([...fake.registered.contextKeys].sort()).toEqual([...CONTEXT_KEYS].sort());
    const conditions = [
      ...contributes.commands.map(({ enablement }) => enablement),
      ...Object.values(contributes.menus).flatMap((menu) => menu.map(({ when }) => when)),
      ...contributes.viewsWelcome.map(({ when }) => when),
      ...steps.flatMap(({ completionEvents }) =>
        completionEvents.filter((event) => event.startsWith("onContext:")).map((event) => event.slice(10)),
      ),
    ].filter((when) => when !== undefined);
    // What follows == is the id of a view.
    const keys = found(
      conditions.map((when) => when.replaceAll(/== *[\w.]+/g, "")),
      /(processLogging\.\w+)/g,
    );
    expect(keys).toEqual([...CONTEXT_KEYS].sort());
  });

  it("name the same settings", () => {
    const inCode = [...CONNECTION_SETTINGS, ...CLUSTER_SETTINGS, ...Object.keys(DEFAULT_VIEW_SETTINGS)].map(
      (key) => `processLogging.${key}`,
    );
    expect(Object.keys(settings).sort()).toEqual(inCode.sort());
  });

  it("have the same defaults and bounds", () => {
    for (const [key, value] of Object.entries(DEFAULT_VIEW_SETTINGS)) {
      expect(settings[`processLogging.${key}`]?.default).toEqual(value);
    }
    expect(settings["processLogging.socket"]?.default).toBe(DEFAULT_SOCKET_PATH);
    expect(settings["processLogging.autoConnect"]?.default).toBe(true);
    expect(settings["processLogging.eventsKept"]).toMatchObject({
      minimum: MIN_EVENTS_KEPT,
      maximum: MAX_EVENTS_KEPT,
    });
    expect(settings["processLogging.columns"]?.items?.enum).toEqual([...COLUMNS]);
    expect(settings["processLogging.timeFormat"]?.enum).toEqual([...TIME_FORMATS]);
  });

  it("run every command of the view's buttons and rows", () => {
    const wanted = [...VIEW_COMMANDS, ...ROW_ACTIONS.map((action) => `row.${action}`)];
    expect(commandIds).toEqual(expect.arrayContaining(wanted.map((name) => `processLogging.${name}`)));
    const rowMenu = contributes.menus["webview/context"]?.map(({ command, when }) => ({ command, when }));
    const onRows = "webviewId == processLogging.stream && webviewSection == row";
    expect(rowMenu).toEqual(
      ROW_ACTIONS.map((action) => ({
        command: `processLogging.row.${action}`,
        when: `${onRows} && rowActions =~ /${action}/`,
      })),
    );
  });

  it("use only codicons and commands that the manifest can name", () => {
    const menuCommands = Object.values(contributes.menus).flatMap((menu) =>
      menu.map(({ command }) => command),
    );
    expect(commandIds).toEqual(expect.arrayContaining(menuCommands));
    const links = found(Object.values(nls), /command:([\w.]+)/g);
    const known = [...commandIds, ...viewIds.map((id) => `${id}.focus`)];
    expect(known).toEqual(expect.arrayContaining(links));
    expect(viewIds).toEqual(expect.arrayContaining(contributes.viewsWelcome.map(({ view }) => view)));
  });
});

describe("the manifest", () => {
  it.each([...CONNECTION_SETTINGS, ...CLUSTER_SETTINGS])("lets no folder set processLogging.%s", (key) => {
    expect(settings[`processLogging.${key}`]?.scope).toBe("machine");
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toContain(
      `processLogging.${key}`,
    );
  });

  it("works in untrusted and virtual workspaces, on the user's own machine first", () => {
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe("limited");
    expect(manifest.capabilities.virtualWorkspaces).toBe(true);
    expect(manifest.extensionKind).toEqual(["ui", "workspace"]);
  });

  it("has the text of every key, and no key that nothing uses", () => {
    expect(found([manifestText], /"%([\w.]+)%"/g)).toEqual(Object.keys(nls).sort());
  });

  it("writes every text of the interface as a key", () => {
    for (const { title, category } of contributes.commands) {
      expect([title, category ?? "%category%"]).toEqual([expect.stringMatching(/^%.+%$/), "%category%"]);
    }
    for (const setting of Object.values(settings)) expect(setting.markdownDescription).toMatch(/^%.+%$/);
  });

  it("gives each command of the palette a category, and hides the others from it", () => {
    const hidden = contributes.menus["commandPalette"]?.filter(({ when }) => when === "false");
    const withoutCategory = contributes.commands.filter(({ category }) => category === undefined);
    expect(hidden?.map(({ command }) => command).sort()).toEqual(
      withoutCategory.map(({ command }) => command).sort(),
    );
  });

  it("writes enablement in the form that the list of commands understands", () => {
    for (const { enablement } of contributes.commands) {
      if (enablement === undefined) continue;
      const keys = found([enablement], /(processLogging\.\w+)/g);
      const wanted = (key: string): boolean => !enablement.includes(`!${key}`);
      expect(keys).not.toEqual([]);
      expect(isEnabled(enablement, wanted)).toBe(true);
      expect(isEnabled(enablement, (key) => !wanted(key))).toBe(false);
    }
  });

  it("names files that exist and are packed", () => {
    const packed = readFileSync(join(root, ".vscodeignore"), "utf8").split("\n");
    const files = [
      manifest.icon,
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...Object.values(contributes.views).flatMap((views) => views.map(({ icon }) => icon)),
      ...steps.map(({ media }) => media.svg),
      join(manifest.l10n, "bundle.l10n.json"),
    ];
    for (const file of files) expect(existsSync(join(root, file)), file).toBe(true);
    expect(packed).toEqual(
      expect.arrayContaining([
        "!package.nls*.json",
        "!l10n/**",
        "!extension/media/**",
        "!dist/extension/*.cjs",
      ]),
    );
  });
});
