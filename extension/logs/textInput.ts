import type { LogInput } from "./logInput.ts";

/** Log lines that are in memory already. */
export function textInput(id: string, name: string, lines: readonly string[]): LogInput {
  const bytes = Buffer.from(lines.length === 0 ? "" : `${lines.join("\n")}\n`);
  return {
    id,
    name,
    sizeBytes: () => Promise.resolve(bytes.length),
    // eslint-disable-next-line @typescript-eslint/require-await -- readers take any input as one that is awaited
    read: async function* () {
      yield bytes;
    },
  };
}
