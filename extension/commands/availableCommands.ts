import { isEnabled } from "./enablement.ts";

/** A command of the palette. */
export interface AvailableCommand {
  readonly id: string;
  readonly title: string;
  /** A codicon as the manifest writes it, `$(plug)`, or empty. */
  readonly icon: string;
}

/** The commands of the manifest's palette that can run now, in the manifest's order; those in `hidden` are left out. */
export function availableCommands(
  manifest: unknown,
  isSet: (key: string) => boolean,
  hidden: ReadonlySet<string>,
): readonly AvailableCommand[] {
  const commands = property(property(manifest, "contributes"), "commands");
  if (!Array.isArray(commands)) return [];
  return commands.flatMap((command: unknown) => {
    const id = property(command, "command");
    const enablement = property(command, "enablement");
    const icon = property(command, "icon");
    // Commands of menus have no category.
    if (typeof id !== "string" || hidden.has(id) || property(command, "category") === undefined) return [];
    if (!isEnabled(typeof enablement === "string" ? enablement : undefined, isSet)) return [];
    return [
      { id, title: titleOf(property(command, "title")) ?? id, icon: typeof icon === "string" ? icon : "" },
    ];
  });
}

/** The editor gives a translated title together with the original one. */
function titleOf(title: unknown): string | undefined {
  const text = typeof title === "string" ? title : property(title, "value");
  return typeof text === "string" ? text : undefined;
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
