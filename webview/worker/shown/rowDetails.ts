import { parseFoldId } from "../tree/foldId.ts";
import type { LineStore } from "../lines/lineStore.ts";
import type { ProcessTree } from "../tree/processTree.ts";
import { EXEC, GROUP, NONE } from "../tree/rowTable.ts";
import type { Row, RowDetails } from "../workerMessages.ts";

const MAX_ANCESTORS = 1_000;

/** All that is known of the row or fold with this id. */
export async function detailsOf(
  tree: ProcessTree,
  lines: LineStore,
  id: number,
  summary: Row,
): Promise<RowDetails> {
  const { rows } = tree;
  const row = rows.rowOf(id);
  const fold = parseFoldId(id);
  const ancestors = ancestorsOf(tree, fold === undefined ? tree.parentOf(row) : fold.parent);
  const isExec = row !== NONE && rows.kind.get(row) === EXEC;
  const line = isExec ? rows.line.get(row) : NONE;
  const exitLine = isExec ? rows.exitLine.get(row) : NONE;
  return {
    row: id,
    json: line === NONE ? undefined : await lines.read(line),
    exitJson: exitLine === NONE ? undefined : await lines.read(exitLine),
    ancestors,
    summary,
  };
}

function ancestorsOf(tree: ProcessTree, parent: number): RowDetails["ancestors"] {
  const { rows, programs, groups } = tree;
  const ancestors: { readonly row: number; readonly program: string }[] = [];
  for (let at = parent; at !== NONE && ancestors.length < MAX_ANCESTORS; at = tree.parentOf(at)) {
    const program =
      rows.kind.get(at) === GROUP ? (groups.get(at)?.name ?? "") : programs.value(rows.program.get(at)).name;
    ancestors.push({ row: rows.idOf(at), program });
  }
  return ancestors.reverse();
}
