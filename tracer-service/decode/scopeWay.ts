import { constants } from "../kernel/layout.ts";
import type { ScopeWay } from "./kernelRecord.ts";

/** Decodes `enum scope_way`. */
export function scopeWay(via: number | undefined): ScopeWay {
  if (via === constants.VIA_NAMESPACE) return "namespace";
  return via === constants.VIA_LINEAGE ? "lineage" : "scope";
}
