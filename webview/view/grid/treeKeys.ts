/** What a key asks of the tree. */
export type TreeIntent =
  | { readonly type: "move"; readonly by: number }
  | { readonly type: "page"; readonly direction: 1 | -1 }
  | { readonly type: "first" | "last" }
  | { readonly type: "collapseOrParent" | "expandOrChild" | "expandSiblings" }
  | { readonly type: "details" | "filter" | "follow" | "leave" };

/** The parts of a keyboard event that count. */
export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const KEYS: Readonly<Record<string, TreeIntent>> = {
  ArrowDown: { type: "move", by: 1 },
  ArrowUp: { type: "move", by: -1 },
  PageDown: { type: "page", direction: 1 },
  PageUp: { type: "page", direction: -1 },
  Home: { type: "first" },
  End: { type: "last" },
  ArrowLeft: { type: "collapseOrParent" },
  ArrowRight: { type: "expandOrChild" },
  "*": { type: "expandSiblings" },
  Enter: { type: "details" },
  "/": { type: "filter" },
  " ": { type: "follow" },
  Escape: { type: "leave" },
};

/** What a key means on the tree; undefined: nothing, so that the editor may have it. */
export function treeIntent(key: Key): TreeIntent | undefined {
  if (key.altKey) return undefined;
  if (key.ctrlKey || key.metaKey) return key.key.toLowerCase() === "f" ? { type: "filter" } : undefined;
  return Object.hasOwn(KEYS, key.key) ? KEYS[key.key] : undefined;
}
