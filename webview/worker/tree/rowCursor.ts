import type { RowFacts } from "../../filter/rowFacts.ts";
import type { ProcessTree } from "./processTree.ts";
import type { SharedFacts } from "./rowFacts.ts";
import { FLAG, NONE } from "./rowTable.ts";

/** Reads the facts of one exec after the other out of the columns, without making anything. */
export class RowCursor implements RowFacts {
  row = NONE;
  readonly #tree: ProcessTree;

  constructor(tree: ProcessTree) {
    this.#tree = tree;
  }

  get command(): string {
    return this.#tree.texts.value(this.commandId);
  }

  get commandId(): number {
    return this.#tree.rows.command.get(this.row);
  }

  get program(): string {
    return this.#tree.programs.value(this.programId).name;
  }

  get programId(): number {
    return this.#tree.rows.program.get(this.row);
  }

  get cwd(): string | undefined {
    const id = this.cwdId;
    return id === NONE ? undefined : this.#tree.texts.value(id);
  }

  get cwdId(): number {
    return this.#tree.rows.cwd.get(this.row);
  }

  get sharedId(): number {
    return this.#tree.rows.facts.get(this.row);
  }

  get username(): string {
    return this.#shared.username;
  }

  get workspace(): string {
    return this.#shared.workspace;
  }

  get comm(): string {
    return this.#shared.comm;
  }

  get node(): string | undefined {
    return this.#shared.node;
  }

  get tty(): string | undefined {
    return this.#shared.tty;
  }

  get container(): string | undefined {
    return this.#shared.container;
  }

  get source(): "kernel" | "sidecar" | "file" {
    return this.#shared.sourceKind;
  }

  get pid(): number {
    return this.#tree.rows.pid.get(this.row);
  }

  get uid(): number {
    return this.#shared.uid;
  }

  get euid(): number | undefined {
    return this.#shared.euid;
  }

  get startMs(): number {
    return this.#tree.rows.start.get(this.row);
  }

  get durationMs(): number | undefined {
    return this.#tree.durationOf(this.row);
  }

  get running(): boolean {
    return this.#tree.isRunning(this.row);
  }

  get failed(): boolean {
    return this.#has(FLAG.failed);
  }

  get exitCode(): number | undefined {
    if (!this.#has(FLAG.ended)) return undefined;
    const code = this.#tree.rows.exit.get(this.row);
    return code === NONE ? undefined : code;
  }

  get signalName(): string | undefined {
    const id = this.#tree.rows.signal.get(this.row);
    return id === NONE ? undefined : this.#tree.texts.value(id);
  }

  get nested(): boolean {
    return this.#has(FLAG.nested);
  }

  get image(): "memfd" | "deleted" | undefined {
    if (this.#has(FLAG.memfd)) return "memfd";
    return this.#has(FLAG.deleted) ? "deleted" : undefined;
  }

  get script(): boolean {
    return this.#has(FLAG.script);
  }

  get truncated(): boolean {
    return this.#has(FLAG.truncated);
  }

  get gained(): boolean {
    return this.#has(FLAG.gained);
  }

  get #shared(): SharedFacts {
    return this.#tree.facts.value(this.sharedId);
  }

  #has(flag: number): boolean {
    return this.#tree.rows.has(this.row, flag);
  }
}
