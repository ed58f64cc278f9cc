import { seesAll, type Visibility } from "./visibility.ts";

/** What one reader may see: decided namespace by namespace, as they turn up. */
export interface Sight {
  /** Everything, also what belongs to no namespace. */
  readonly all: boolean;
  /** Undefined: nobody has asked yet, so `decide` comes first. */
  sees(namespace: string | undefined): boolean | undefined;
  /** Rejects where it can't be known: the reader is to be refused then. */
  decide(namespace: string | undefined): Promise<boolean>;
}

/** Of readers that the file system or a token file lets in. */
export const fullSight: Sight = { all: true, sees: seesAll, decide: () => Promise.resolve(true) };

/** Decides on all these namespaces. What turns up later is not seen. Rejects where it can't be known. */
export async function settleSight(
  sight: Sight,
  namespaces: Iterable<string | undefined>,
): Promise<Visibility> {
  if (!sight.all) await Promise.all([...new Set(namespaces)].map((namespace) => sight.decide(namespace)));
  return (namespace) => sight.sees(namespace) === true;
}
