import type { RecordedExec } from "../../../protocol/recordedEvent.ts";
import { placeFacts } from "./rowFacts.ts";
import type { LineOrigin, SharedFacts } from "./rowFacts.ts";
import { NONE } from "./rowTable.ts";
import type { RowTable } from "./rowTable.ts";

/** What a group row tells; the counts are those of the execs below it. */
export interface GroupFacts {
  readonly grouping: "user" | "workspace" | "caller";
  readonly name: string;
  readonly key: string;
  count: number;
}

/** Makes rows for groups. */
export interface GroupRows {
  /** A new row, which is nowhere yet. */
  add(name: string, place: SharedFacts): number;
  /** Puts it below `parent`, or among the roots for `NONE`. */
  place(row: number, parent: number): void;
}

const NOBODY: LineOrigin = { source: "", sourceKind: "sidecar", container: undefined };

/** Where execs without identities hang: below their user, workspace and calling program. */
export class CallerGroups {
  /** Execs below any group. */
  execs = 0;
  readonly #facts = new Map<number, GroupFacts>();
  readonly #rowOf = new Map<string, number>();
  readonly #rows: RowTable;
  readonly #groupRows: GroupRows;

  constructor(rows: RowTable, groupRows: GroupRows) {
    this.#rows = rows;
    this.#groupRows = groupRows;
  }

  /** Undefined when the row is no group. */
  get(row: number): GroupFacts | undefined {
    return this.#facts.get(row);
  }

  /** The group that the exec belongs to; it is made if there is none. */
  groupOf({ labels, comm }: RecordedExec): number {
    const username = labels["username"] ?? "";
    const workspace = labels["workspace_name"] ?? "";
    const within = `${username}\0${workspace}`;
    const user = this.#group("user", username, `u\0${username}`, username, "", NONE);
    const at = this.#group("workspace", workspace, `w\0${within}`, username, workspace, user);
    return this.#group("caller", comm, `c\0${within}\0${comm}`, username, workspace, at);
  }

  /** An exec came below these groups, or went. */
  count(row: number, difference: 1 | -1): void {
    this.execs += difference;
    for (let at = this.#rows.parent.get(row); at !== NONE; at = this.#rows.parent.get(at)) {
      const group = this.#facts.get(at);
      if (group !== undefined) group.count += difference;
    }
  }

  /** The row goes, whatever it is. */
  forget(row: number): void {
    const group = this.#facts.get(row);
    if (group === undefined) return;
    this.#rowOf.delete(group.key);
    this.#facts.delete(row);
  }

  #group(
    grouping: GroupFacts["grouping"],
    name: string,
    key: string,
    username: string,
    workspace: string,
    parent: number,
  ): number {
    const known = this.#rowOf.get(key);
    if (known !== undefined) return known;
    const row = this.#groupRows.add(name, placeFacts(NOBODY, username, workspace));
    this.#rowOf.set(key, row);
    this.#facts.set(row, { grouping, name, key, count: 0 });
    this.#groupRows.place(row, parent);
    return row;
  }
}
