import { quoteText } from "./quoteText.ts";

/** By name of a label of ours, the keys of pod labels and annotations that may hold it; the first found counts. */
export type LabelKeys = ReadonlyMap<string, readonly string[]>;

/** Both generations of Coder's templates. */
export const CODER_KEYS: LabelKeys = new Map([
  ["username", ["com.coder.username", "com.coder.user.username"]],
  ["user_id", ["com.coder.user.id"]],
  ["user_email", ["com.coder.user.email"]],
  ["workspace_name", ["com.coder.workspace.name"]],
  ["workspace_id", ["com.coder.workspace.id"]],
  ["organization_id", ["com.coder.organization.id", "com.coder.org.id"]],
]);

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** A qualified name of Kubernetes: an optional DNS prefix, then the name. */
const KEY = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Whether a text can be the key of a label or annotation. */
export function isLabelKey(text: string): boolean {
  return KEY.test(text);
}

/** Coder's keys, changed by flags `username=KEY,KEY2`. Throws one line that says what is wrong. */
export function parseLabelKeys(flags: readonly string[]): LabelKeys {
  const keys = new Map(CODER_KEYS);
  for (const flag of flags) {
    const equals = flag.indexOf("=");
    const name = flag.slice(0, Math.max(0, equals));
    const given = flag.slice(equals + 1).split(",");
    if (!NAME.test(name)) {
      throw new Error(
        `--label-key ${quoteText(flag)}: expected NAME=KEY,KEY with a name such as username or workspace_name`,
      );
    }
    const wrong = given.find((key) => !isLabelKey(key));
    if (wrong !== undefined) {
      throw new Error(
        `--label-key ${quoteText(flag)}: ${quoteText(wrong)} can't be the key of a label or annotation`,
      );
    }
    keys.set(name, given);
  }
  return keys;
}
