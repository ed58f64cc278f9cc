const FOLDS = 2 ** 52;
const PROGRAMS = 2 ** 26;

/** Names the fold of one program below one row, the same one again and again; -1 stands for the roots. */
export function foldIdOf(parent: number, program: number): number {
  return FOLDS + (parent + 1) * PROGRAMS + program;
}

/** What a fold's id says; undefined for the id of a row. */
export function parseFoldId(id: number): { readonly parent: number; readonly program: number } | undefined {
  if (id < FOLDS) return undefined;
  return { parent: Math.floor((id - FOLDS) / PROGRAMS) - 1, program: (id - FOLDS) % PROGRAMS };
}
