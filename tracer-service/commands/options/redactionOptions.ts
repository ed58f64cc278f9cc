import type { Command } from "commander";

import type { Redactor } from "../../redaction/redactor.ts";

/** Which secrets are taken out of arguments. */
export interface RedactionOptions {
  /** A file of rules. */
  readonly redact: string | undefined;
  readonly redactPresets: boolean;
}

/** Adds the flags of `RedactionOptions` to a command. */
export function addRedactionOptions(command: Command): Command {
  return command
    .option(
      "--redact <file>",
      "rules (YAML) for secrets in arguments, which are replaced before anything is logged",
    )
    .option("--redact-presets", "replace what looks like a password or token in arguments", false);
}

/** What the flags ask for; undefined where nothing is to be replaced. Loaded only then. Throws one line. */
export async function openRedactor({
  redact,
  redactPresets,
}: RedactionOptions): Promise<Redactor | undefined> {
  if (redact === undefined && !redactPresets) return undefined;
  const [{ Redactor }, { redactionPresets }] = await Promise.all([
    import("../../redaction/redactor.ts"),
    import("../../redaction/redactionPresets.ts"),
  ]);
  const rules = redactPresets ? [...redactionPresets()] : [];
  if (redact !== undefined) {
    const { readRedactionFile } = await import("../../redaction/redactionFile.ts");
    for (const rule of readRedactionFile(redact)) {
      // The file may ask for the presets, too.
      if (!rules.some(({ name, kind }) => name === rule.name && kind === rule.kind)) rules.push(rule);
    }
  }
  return new Redactor(rules);
}
