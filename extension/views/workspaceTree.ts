import type { WorkspacesChange } from "../source/eventSource.ts";
import type { ShownActivity, ShownWorkspace } from "../source/shownWorkspace.ts";
import { rateText } from "../text/numbers.ts";

/** A workspace of one source. */
export interface WorkspaceNode {
  readonly type: "workspace";
  readonly id: string;
  readonly userId: string;
  readonly sourceId: string;
  readonly state: ShownWorkspace;
}

/** A user, and how it is with the workspaces of that name on all sources. */
export interface UserNode {
  readonly type: "user";
  readonly id: string;
  /** Undefined: events whose user nobody knows. */
  readonly username: string | undefined;
  readonly workspaces: number;
  readonly activity: ShownActivity;
}

/** Which items of the tree show something else than before. */
export interface TreeChange {
  /** Users came or went. */
  readonly roots: boolean;
  /** Ids of users whose own item or whose children have changed, and of workspaces whose item has. */
  readonly items: readonly string[];
}

/** What a user's item shows is the first of these that one of the user's workspaces is. */
const WORST_FIRST: readonly ShownActivity[] = ["not_logged", "logging", "idle", "pending", "stopped"];

interface User {
  node: UserNode;
  readonly children: Map<string, WorkspaceNode>;
  readonly counts: Record<ShownActivity, number>;
}

/** Users and their workspaces over all sources. What it costs depends on what changes, not on what there is. */
export class WorkspaceTree {
  readonly #users = new Map<string, User>();
  readonly #workspaces = new Map<string, WorkspaceNode>();
  readonly #bySource = new Map<string, Set<string>>();
  /** Of the users that came or went with the present change, whether they were there before it. */
  readonly #usersBefore = new Map<string, boolean>();

  /** Takes over what a source tells. */
  apply(sourceId: string, change: WorkspacesChange): TreeChange {
    const items = new Set<string>();
    const known = this.#bySource.get(sourceId) ?? new Set<string>();
    this.#bySource.set(sourceId, known);
    this.#usersBefore.clear();
    for (const id of change.removed) this.#remove(workspaceId(sourceId, id), known, items);
    if (change.all) {
      const told = new Set(change.changed.map(({ id }) => workspaceId(sourceId, id)));
      for (const id of [...known]) if (!told.has(id)) this.#remove(id, known, items);
    }
    for (const state of change.changed) this.#put(sourceId, state, known, items);
    return this.#finish(items);
  }

  /** Forgets what a source told. */
  removeSource(sourceId: string): TreeChange {
    const change = this.apply(sourceId, { all: true, changed: [], removed: [] });
    this.#bySource.delete(sourceId);
    return change;
  }

  get userCount(): number {
    return this.#users.size;
  }

  /** Users by name, those that nobody knows last. */
  users(): readonly UserNode[] {
    return [...this.#users.values()]
      .map(({ node }) => node)
      .sort((a, b) => compareNames(a.username, b.username) || compare(a.id, b.id));
  }

  /** A user's workspaces by name; empty for any other id. */
  workspaces(userId: string): readonly WorkspaceNode[] {
    return [...(this.#users.get(userId)?.children.values() ?? [])].sort(
      (a, b) => compareNames(nameOf(a.state), nameOf(b.state)) || compare(a.id, b.id),
    );
  }

  /** Those of the ids that are there, as the tree shows them from the top down. */
  inOrder(ids: ReadonlySet<string>): readonly string[] {
    const users = new Set([...ids].map((id) => this.#workspaces.get(id)?.userId ?? id));
    return this.users()
      .filter(({ id }) => users.has(id))
      .flatMap((user) => [user, ...this.workspaces(user.id)])
      .map(({ id }) => id)
      .filter((id) => ids.has(id));
  }

  /** The node with that id, as it is now. */
  get(id: string): UserNode | WorkspaceNode | undefined {
    return this.#workspaces.get(id) ?? this.#users.get(id)?.node;
  }

  /** How many workspaces there are. */
  get size(): number {
    return this.#workspaces.size;
  }

  #put(sourceId: string, state: ShownWorkspace, known: Set<string>, items: Set<string>): void {
    const id = workspaceId(sourceId, state.id);
    const username = nonEmpty(state.labels.username);
    const userId = username === undefined ? "user" : `user:${username}`;
    const before = this.#workspaces.get(id);
    // Labels come late at times: the workspace then moves to its user.
    if (before !== undefined && before.userId !== userId) this.#remove(id, known, items);
    const user = this.#users.get(userId) ?? this.#addUser(userId, username);
    const old = user.children.get(id);
    const node: WorkspaceNode = { type: "workspace", id, userId, sourceId, state };
    user.children.set(id, node);
    this.#workspaces.set(id, node);
    known.add(id);
    if (old !== undefined) user.counts[old.state.activity]--;
    user.counts[state.activity]++;
    if (old === undefined || nameOf(old.state) !== nameOf(state)) items.add(userId);
    if (old === undefined || shownOf(old.state) !== shownOf(state)) items.add(id);
    this.#summarise(user, items);
  }

  #remove(id: string, known: Set<string>, items: Set<string>): void {
    const node = this.#workspaces.get(id);
    if (node === undefined || !known.delete(id)) return;
    this.#workspaces.delete(id);
    items.delete(id);
    const user = this.#users.get(node.userId);
    if (user === undefined) return;
    user.children.delete(id);
    user.counts[node.state.activity]--;
    items.add(node.userId);
    if (user.children.size > 0) this.#summarise(user, items);
    else this.#setUser(node.userId, undefined);
  }

  #addUser(id: string, username: string | undefined): User {
    const node: UserNode = { type: "user", id, username, workspaces: 0, activity: "idle" };
    const user: User = {
      node,
      children: new Map(),
      counts: { logging: 0, idle: 0, not_logged: 0, pending: 0, stopped: 0 },
    };
    this.#setUser(id, user);
    return user;
  }

  #setUser(id: string, user: User | undefined): void {
    if (!this.#usersBefore.has(id)) this.#usersBefore.set(id, this.#users.has(id));
    if (user === undefined) this.#users.delete(id);
    else this.#users.set(id, user);
  }

  #summarise(user: User, items: Set<string>): void {
    const { counts, children, node } = user;
    const activity = WORST_FIRST.find((each) => counts[each] > 0) ?? "idle";
    if (activity === node.activity && children.size === node.workspaces) return;
    user.node = { ...node, activity, workspaces: children.size };
    items.add(node.id);
  }

  #finish(items: Set<string>): TreeChange {
    const roots = [...this.#usersBefore].some(([id, wasThere]) => this.#users.has(id) !== wasThere);
    for (const id of items) if (this.get(id) === undefined) items.delete(id);
    return { roots, items: [...items] };
  }
}

function workspaceId(sourceId: string, id: string): string {
  return `workspace:${sourceId}\0${id}`;
}

function nameOf(state: ShownWorkspace): string | undefined {
  return nonEmpty(state.labels.workspace_name);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** All that the item itself shows; the tooltip is made when it is asked for. */
function shownOf(state: ShownWorkspace): string {
  const { activity, why, rate, lastCommand, lost, labels, place, warning } = state;
  const { node, loggedBy } = place ?? {};
  return [
    activity,
    why,
    rateText(rate),
    lastCommand,
    lost,
    labels.workspace_name,
    node,
    loggedBy,
    warning,
  ].join("\0");
}

function compareNames(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
