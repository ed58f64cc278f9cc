import { open, rename } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a file anew: on the disk when it resolves; whole or as before, whenever the power fails. Holds nothing up.
 * Rejects when it can't.
 */
export async function replaceFile(directory: string, name: string, text: string): Promise<void> {
  const path = join(directory, name);
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const entries = await open(directory, "r");
  try {
    await entries.sync();
  } finally {
    await entries.close();
  }
}
