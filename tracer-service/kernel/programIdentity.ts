import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { constants, layout } from "./layout.ts";

/** By which a service tells whether programs in the kernel are its own. */
export interface ProgramIdentity {
  /** Hash of the compiled object and of all that shapes its maps. */
  readonly fingerprint: Buffer;
  /** Hash of the layout of what programs and reader share: with the same, one can read what the other wrote. */
  readonly records: Buffer;
}

/** Of the programs that this service would load. `shape`: whatever is fixed when they are loaded. */
export function programIdentity(objectPath: string, shape: readonly (Buffer | number)[]): ProgramIdentity {
  const records = createHash("sha256").update(JSON.stringify({ layout, constants })).digest();
  const fingerprint = createHash("sha256").update(readFileSync(objectPath)).update(records);
  for (const part of shape) fingerprint.update(typeof part === "number" ? `${String(part)};` : part);
  return { fingerprint: fingerprint.digest(), records };
}
