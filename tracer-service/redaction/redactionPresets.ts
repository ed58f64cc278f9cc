import { compileRule, type RedactionRule } from "./redactionRule.ts";

const SECRET_NAMES =
  "passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|credentials?|auth|[_-]p(?:ass|wd)";

/** What a script or a structure gives as a value: to the closing quote, or a word; commas within it are its own. */
const VALUE = `(?:"((?:[^"\\\\]|\\\\.)*)|'([^']*)|((?:\\\\.|[^\\s'"&;|,\\\\]|,[^\\s'"&;|])+))`;

/** What begins tokens of services, and what their rest looks like; by their makers' documentation of 2026. */
const SERVICE_TOKENS = [
  ...[
    "npm_[A-Za-z0-9]{30,}",
    "pypi-[A-Za-z0-9_-]{50,}",
    "dckr_[po]at_[A-Za-z0-9_-]{20,}",
    "hf_[A-Za-z0-9]{30,}",
  ],
  ...[
    "(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}",
    "whsec_[A-Za-z0-9+/=]{24,}",
    "SG\\.[\\w-]{16,}\\.[\\w-]{16,}",
  ],
  ...["do[opr]_v1_[a-f0-9]{40,}", "hv[sbr]\\.[A-Za-z0-9_-]{20,}", "dapi[a-f0-9]{32}", "GOCSPX-[\\w-]{20,}"],
  ...["ya29\\.[\\w-]{20,}", "gl(?:sa|c)_[A-Za-z0-9_=]{20,}", "shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}"],
  ...["lin_api_[A-Za-z0-9]{30,}", "xapp-[A-Za-z0-9-]{20,}", "AGE-SECRET-KEY-1[A-Z0-9]{40,}"],
];

/** Common shapes of passwords and tokens. They find what looks like one: no list can find them all. */
export function redactionPresets(): readonly RedactionRule[] {
  return [
    compileRule(
      "url-credential",
      "pattern",
      // To the last @, whatever a password holds. Digits before a slash are a port.
      "[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#\\s:@[]*:([0-9]*[^0-9\\s/?#]\\S*|[0-9]+)@",
      /:\/\/[^/?#\s:@[]*:/,
    ),
    compileRule(
      "url-credential",
      "pattern",
      "(?i)https?://([^/?#\\s:@'\"]+):?@",
      /https?:\/\/[^/?#\s:@'"]+:?@/i,
    ),
    compileRule(
      "authorization",
      "whole",
      "(?is)^\\S*authorization:\\s*(?:(?:bearer|basic|token|digest)\\s+)?(.+)$",
      /authorization:/i,
    ),
    compileRule(
      "authorization",
      "pattern",
      "(?i)authorization:\\s*(?:digest\\s+([^'\\n]+)|(?:bearer|basic|token)?\\s*([^\\s'\"]+))",
      /authorization:/i,
    ),
    compileRule("private-key", "pattern", "-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*", /PRIVATE KEY/),
    compileRule("aws-access-key", "pattern", "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b", /AKIA|ASIA/),
    compileRule(
      "github-token",
      "pattern",
      "\\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,})",
      /gh[pousr]_|github_pat_/,
    ),
    compileRule("gitlab-token", "pattern", "\\bgl[a-z]{2,6}-[A-Za-z0-9_-]{20,}", /\bgl[a-z]{2,6}-/),
    compileRule("slack-token", "pattern", "\\bxox[a-z]-[A-Za-z0-9-]{10,}", /xox/),
    compileRule(
      "service-token",
      "pattern",
      `\\b(?:${SERVICE_TOKENS.join("|")})`,
      /npm_|pypi-|dckr_|hf_|[sr]k_(?:live|test)_|whsec_|SG\.|do[opr]_v1_|hv[sbr]\.|dapi|GOCSPX-|ya29\.|gl(?:sa|c)_|shp.._|lin_api_|xapp-|AGE-SECRET/,
    ),
    compileRule("webhook", "pattern", "hooks\\.slack\\.com/services/([\\w/-]{20,})", /hooks\.slack\.com/),
    compileRule("api-key", "pattern", "\\bsk-[A-Za-z0-9_-]{20,}", /\bsk-/),
    compileRule("google-api-key", "pattern", "\\bAIza[A-Za-z0-9_-]{35}", /AIza/),
    compileRule("jwt", "pattern", "\\beyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*", /eyJ/),
    compileRule(
      "assignment",
      "whole",
      `(?is)^[a-z0-9_.-]*(?:${SECRET_NAMES})=(.+)$`,
      new RegExp(`(?:${SECRET_NAMES})=`, "i"),
    ),
    compileRule(
      "assignment",
      "pattern",
      `(?is)(?:^|[\\s;&'"?{,._-])[a-z0-9_-]*(?:${SECRET_NAMES})\\\\?['"]?\\s*[=:]\\s*${VALUE}`,
      new RegExp(`(?:${SECRET_NAMES})\\\\?['"]?\\s*[=:]`, "i"),
    ),
    compileRule("flag", "after", `(?i)^--?[a-z0-9_-]*(?:${SECRET_NAMES})$`, /^--?[\w-]*$/),
    compileRule(
      "flag",
      "pattern",
      `(?is)(?:^|[\\s;&|(])--?[a-z0-9_-]*(?:${SECRET_NAMES})\\s+${VALUE}`,
      new RegExp(`(?:${SECRET_NAMES})\\s`, "i"),
    ),
    compileRule(
      "user-password",
      "pattern",
      "^(?:-u|--user=)?[^\\s:/@]+:([^\\s/@]{3,})$",
      /^(?:-u|--user=)[^:]+:/,
    ),
  ];
}
