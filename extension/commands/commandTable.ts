/** Commands by their id without `processLogging.`. Arguments come from menus, and from anybody: they are unknown. */
export type CommandTable = Readonly<Record<string, (...args: unknown[]) => unknown>>;
