import type { Launchers } from "../tree/launchers.ts";
import type { ProcessTree } from "../tree/processTree.ts";
import { FLAG, GROUP, LOSS, NONE } from "../tree/rowTable.ts";
import type { Layout, VisibleRows } from "./visibleRows.ts";
import type { Badge, ExecRow, FoldRow, GroupRow, LossRow, Row } from "../workerMessages.ts";

const MAX_COMMAND = 1_000;
const MAX_LINKED = 200;

const BADGES: readonly (readonly [number, Badge])[] = [
  [FLAG.script, "script"],
  [FLAG.memfd, "memfd"],
  [FLAG.deleted, "deleted"],
  [FLAG.gained, "gained"],
  [FLAG.nested, "nested"],
  [FLAG.truncated, "truncated"],
  [FLAG.beforeTracing, "beforeTracing"],
];

type Place = Pick<
  Row,
  "id" | "level" | "positionInSet" | "setSize" | "expanded" | "context" | "username" | "workspace"
>;

/** Makes rows as the screen wants them, of the few that it shows. */
export class RowPainter {
  readonly #tree: ProcessTree;
  readonly #visible: VisibleRows;
  readonly #launchers: Launchers;

  constructor(tree: ProcessTree, visible: VisibleRows, launchers: Launchers) {
    this.#tree = tree;
    this.#visible = visible;
    this.#launchers = launchers;
  }

  /** The visible row at `index`; undefined when it has gone since the last layout. */
  paint(index: number, layout: Layout): Row | undefined {
    const fold = this.#visible.foldAt(index);
    if (fold !== NONE) return this.#paintFold(fold, index);
    const row = this.#visible.rowAt(index);
    return this.#tree.rows.isUsed(row) ? this.paintRow(row, layout, index) : undefined;
  }

  /** The row, at `index` or anywhere out of sight. */
  paintRow(row: number, layout: Layout, index: number | undefined): Row {
    const { rows, facts } = this.#tree;
    const { username, workspace } = facts.value(rows.facts.get(row));
    const kind = rows.kind.get(row);
    const place: Place = {
      ...(index === undefined ? { level: 1, positionInSet: 1, setSize: 1 } : this.#visible.placeAt(index)),
      id: rows.idOf(row),
      expanded: this.#visible.isExpandable(row, layout) ? !rows.has(row, FLAG.collapsed) : undefined,
      context: kind !== GROUP && !rows.has(row, FLAG.matched),
      username,
      workspace,
    };
    if (kind === GROUP) return this.#groupRow(row, place);
    return kind === LOSS ? this.#lossRow(row, place) : this.#execRow(row, place, layout);
  }

  #execRow(row: number, place: Place, { paused }: Layout): ExecRow {
    const { rows, facts, texts } = this.#tree;
    const shared = facts.value(rows.facts.get(row));
    const flags = rows.flags.get(row);
    const next = rows.nextExec.get(row);
    const notYet = paused && ((flags & FLAG.lateEnd) !== 0 || (next !== NONE && rows.has(next, FLAG.late)));
    const ended = !notYet && (flags & FLAG.ended) !== 0;
    const code = rows.exit.get(row);
    const signal = rows.signal.get(row);
    const cwd = rows.cwd.get(row);
    const parent = this.#tree.parentOf(row);
    return {
      ...place,
      type: "exec",
      command: this.#command(row, MAX_COMMAND),
      became: rows.previousExec.get(row) !== NONE,
      badges: BADGES.filter(([flag]) => (flags & flag) !== 0).map(([, badge]) => badge),
      gained: shared.gained,
      likelyFrom: this.#likelyFrom(row),
      running: notYet || this.#tree.isRunning(row),
      failed: ended && (flags & FLAG.failed) !== 0,
      pid: rows.pid.get(row),
      startMs: rows.start.get(row),
      durationMs: notYet ? undefined : this.#tree.durationOf(row),
      exitCode: ended && code !== NONE ? code : undefined,
      signalName: ended && signal !== NONE ? texts.value(signal) : undefined,
      coreDumped: ended && (flags & FLAG.coreDumped) !== 0,
      endedEarlier: ended && (flags & FLAG.endedEarlier) !== 0,
      uid: shared.uid,
      euid: shared.euid,
      nsUid: shared.nsUid,
      cwd: cwd === NONE ? undefined : texts.value(cwd),
      node: shared.node,
      container: shared.container,
      parentCommand: parent === NONE ? undefined : this.#command(parent, MAX_COMMAND),
      tty: shared.tty,
      loginUid: shared.loginUid,
      source: shared.sourceKind,
    };
  }

  #paintFold(fold: number, index: number): FoldRow | undefined {
    const { rows, facts, programs } = this.#tree;
    const { id, first, count, failed, running, meanDurationMs } = this.#visible.foldFacts(fold);
    if (!rows.isUsed(first)) return undefined;
    const { username, workspace } = facts.value(rows.facts.get(first));
    return {
      ...this.#visible.placeAt(index),
      id,
      type: "fold",
      expanded: this.#visible.isFoldOpen(id),
      context: false,
      username,
      workspace,
      program: programs.value(rows.program.get(first)).name,
      count,
      failed,
      running,
      startMs: rows.start.get(first),
      meanDurationMs,
    };
  }

  #lossRow(row: number, place: Place): LossRow {
    const loss = this.#tree.losses.get(row);
    const { node } = this.#tree.facts.value(this.#tree.rows.facts.get(row));
    return {
      ...place,
      type: "loss",
      kind: loss?.kind ?? "event",
      reason: loss?.reason ?? "",
      count: loss?.count,
      firstMs: loss?.firstMs,
      lastMs: loss?.lastMs,
      program: loss?.program,
      node,
    };
  }

  #groupRow(row: number, place: Place): GroupRow {
    const group = this.#tree.groups.get(row);
    return {
      ...place,
      type: "group",
      grouping: group?.grouping ?? "caller",
      name: group?.name ?? "",
      count: group?.count ?? 0,
      // Without identities nobody tells how an exec ended.
      failed: 0,
    };
  }

  #likelyFrom(row: number): ExecRow["likelyFrom"] {
    const from = this.#launchers.likelyFrom(row);
    if (from === NONE) return undefined;
    return { row: this.#tree.rows.idOf(from), command: this.#command(from, MAX_LINKED) };
  }

  #command(row: number, most: number): string {
    const command = this.#tree.texts.value(this.#tree.rows.command.get(row));
    return command.length > most ? command.slice(0, most) : command;
  }
}
