import type { ProcessTree } from "./processTree.ts";
import { EXEC, FLAG, NONE } from "./rowTable.ts";

const LAUNCHERS = new Set(["docker", "podman", "nerdctl"]);
const STARTS = /(?:^|\s)(?:run|start|exec|restart|up|create)(?:\s|$)/;
const SHIM = /^(?:containerd-shim|conmon)/;
const MAX_AGE_MS = 10_000;
const MAX_KEPT = 1_000;
const MAX_ANCESTORS = 100;

/** Guesses which `docker run` asked for a container: the kernel only knows that its shim started it. */
export class Launchers {
  readonly #tree: ProcessTree;
  readonly #byPlace = new Map<string, number[]>();

  constructor(tree: ProcessTree) {
    this.#tree = tree;
  }

  /** Remembers the exec if it may ask for containers. */
  add(row: number): void {
    const { rows, programs, texts } = this.#tree;
    if (rows.kind.get(row) !== EXEC || !LAUNCHERS.has(programs.value(rows.program.get(row)).name)) return;
    if (!STARTS.test(texts.value(rows.command.get(row)).slice(0, 1_000))) return;
    const place = this.#placeOf(row);
    const ids = this.#byPlace.get(place) ?? [];
    ids.push(rows.idOf(row));
    if (ids.length > MAX_KEPT) ids.splice(0, MAX_KEPT / 2);
    this.#byPlace.set(place, ids);
  }

  /** The exec that probably asked for the container that begins with this row, or `NONE`. */
  likelyFrom(row: number): number {
    const { rows } = this.#tree;
    if (rows.kind.get(row) !== EXEC || !this.#beginsContainer(row)) return NONE;
    const start = rows.start.get(row);
    let likely = NONE;
    for (const id of this.#byPlace.get(this.#placeOf(row)) ?? []) {
      const launcher = rows.rowOf(id);
      if (launcher === NONE || launcher === row) continue;
      const age = start - rows.start.get(launcher);
      if (age < 0 || age > MAX_AGE_MS) continue;
      if (likely === NONE || rows.start.get(launcher) > rows.start.get(likely)) likely = launcher;
    }
    return likely === NONE || this.#isAncestor(likely, row) ? NONE : likely;
  }

  #beginsContainer(row: number): boolean {
    const { rows, programs } = this.#tree;
    if (rows.previousExec.get(row) !== NONE) return false;
    if (SHIM.test(programs.value(rows.program.get(row)).name)) return true;
    if (!rows.has(row, FLAG.nested)) return false;
    const parent = this.#tree.parentOf(row);
    if (parent === NONE) return true;
    // Below a shim, the shim has the link.
    return (
      !rows.has(parent, FLAG.nested) &&
      rows.kind.get(parent) === EXEC &&
      !SHIM.test(programs.value(rows.program.get(parent)).name)
    );
  }

  #isAncestor(launcher: number, row: number): boolean {
    let at = row;
    for (let steps = 0; steps < MAX_ANCESTORS && at !== NONE; steps++) {
      if (at === launcher) return true;
      at = this.#tree.parentOf(at);
    }
    return false;
  }

  #placeOf(row: number): string {
    const { username, workspace, node } = this.#tree.facts.value(this.#tree.rows.facts.get(row));
    return `${username}\0${workspace}\0${node ?? ""}`;
  }
}
