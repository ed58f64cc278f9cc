import { holds } from "./checkVerdict.ts";
import type { RequirementResult } from "./requirement.ts";

/** Results for programs: `{"ok": boolean, "requirements": [{"name", "status", "found", "advice"?}]}` and a line end. */
export function formatCheckJson(results: readonly RequirementResult[]): string {
  return `${JSON.stringify({ ok: holds(results), requirements: results }, null, 2)}\n`;
}
