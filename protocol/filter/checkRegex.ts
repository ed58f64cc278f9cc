import { RE2JS } from "re2js";
import { t } from "../text/translate.ts";

/** Longest regular expression, in UTF-16 units; and steps of the largest program that may come of it. */
const MAX_REGEX = 1_000;
const MAX_PROGRAM = 5_000;

/** Why a regular expression can't be used, in a few words; undefined: it can. */
export function checkRegex(source: string): string | undefined {
  if (source.length > MAX_REGEX) return t("it has more than {0} characters", MAX_REGEX);
  try {
    return RE2JS.compile(source).programSize() > MAX_PROGRAM ? t("it repeats too much") : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
