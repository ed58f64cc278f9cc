import { describe, expect, it } from "vitest";

import { parseRedactionRules } from "../../../../tracer-service/redaction/redactionFile.ts";
import { redactionPresets } from "../../../../tracer-service/redaction/redactionPresets.ts";
import { Redactor } from "../../../../tracer-service/redaction/redactor.ts";
import { fixtureExec } from "../output/fixtureEvents.ts";

const presets = new Redactor(redactionPresets());
const parse = (text: string) => parseRedactionRules("r.yaml", text);

describe("the presets", () => {
  it.each([
    ["curl https://me:hunter2@host/x", "curl https://me:<redacted:url-credential>@host/x"],
    ["curl -H 'Authorization: Bearer abc.def'", "curl -H 'Authorization: Bearer <redacted:authorization>'"],
    ["curl -H 'authorization: tok_123'", "curl -H 'authorization: <redacted:authorization>'"],
    ["env DB_PASSWORD=hunter2 run", "env DB_PASSWORD=<redacted:assignment> run"],
    ["tool --api-key=abc123 --verbose", "tool --api-key=<redacted:assignment> --verbose"],
    ['{"token": "abc"}', '{"token": "<redacted:assignment>"}'],
    ["aws AKIAIOSFODNN7EXAMPLE", "aws <redacted:aws-access-key>"],
    [`git ghp_${"a".repeat(36)}`, "git <redacted:github-token>"],
    [`x glpat-${"b".repeat(20)}`, "x <redacted:gitlab-token>"],
    ...[
      ...[`npm_${"a1".repeat(18)}`, `pypi-AgEIcHlwaS5vcmc${"x".repeat(60)}`, `dckr_pat_${"a".repeat(27)}`],
      ...[
        `hf_${"aB".repeat(17)}`,
        `sk_live_${"4".repeat(24)}`,
        `rk_test_${"4".repeat(24)}`,
        `whsec_${"m".repeat(32)}`,
      ],
      ...[`SG.${"a".repeat(22)}.${"b".repeat(43)}`, `dop_v1_${"0f".repeat(32)}`, `hvs.${"C".repeat(24)}`],
      ...[`dapi${"0f".repeat(16)}`, `GOCSPX-${"a-".repeat(14)}`, `ya29.${"a0".repeat(30)}`],
      ...[`glsa_${"a".repeat(32)}_0123abcd`, `shpat_${"0f".repeat(16)}`, `lin_api_${"a".repeat(40)}`],
      ...[`xapp-1-A0-1-${"f".repeat(40)}`, `AGE-SECRET-KEY-1${"Q".repeat(58)}`],
    ].map((token): [string, string] => [`x ${token}`, "x <redacted:service-token>"]),
    [`x sk-ant-api03-${"a-".repeat(20)}`, "x <redacted:api-key>"],
    [`x sk-proj-${"a_".repeat(20)}`, "x <redacted:api-key>"],
    [`x github_pat_${"a".repeat(22)}_${"b".repeat(59)}`, "x <redacted:github-token>"],
    [
      `curl https://hooks.slack.com/services/T000/B000/${"x".repeat(24)}`,
      "curl https://hooks.slack.com/services/<redacted:webhook>",
    ],
    [
      "DefaultEndpointsProtocol=https;AccountKey=abc==",
      "DefaultEndpointsProtocol=https;AccountKey=<redacted:assignment>",
    ],
    ["x eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "x <redacted:jwt>"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMII", "<redacted:private-key>"],
  ])("replace in %j", (argument, expected) => {
    expect(presets.arguments(["sh", "-c", argument])).toEqual(["sh", "-c", expected]);
  });

  it("replace the argument after a flag", () => {
    expect(presets.arguments(["tool", "--password", "hunter2", "-token", "x", "ls"])).toEqual([
      ...["tool", "--password", "<redacted:flag>", "-token", "<redacted:flag>", "ls"],
    ]);
  });

  it.each([
    "make -j64 tokenizer.o",
    "git log --author=jessie",
    "ls /home/jessie/secrets/README",
    "https://host/path?x=1",
    "cc -o keyboard.o keyboard.c",
    "rsync me@host:/x",
    "2026-01-01T10:00:00Z",
    "npm install npm_config shopify SG.txt dapi.h hf_model.bin",
    "g++ -o hvs.o glc_main.c sk_test_driver.c",
  ])("leave %j alone", (argument) => {
    const argv = argument.split(" ");
    expect(presets.arguments(argv)).toBe(argv);
  });
});

describe("Redactor", () => {
  it("replaces only the first group, everywhere", () => {
    const redactor = new Redactor(parse("rules: [{ name: id, pattern: 'ID-([0-9]+)' }]"));
    expect(redactor.arguments(["ID-12 ID-345", "x"])).toEqual(["ID-<redacted:id> ID-<redacted:id>", "x"]);
    expect(redactor.redacted).toBe(1);
  });

  it("leaves out the bytes of what it replaced, and keeps all others", () => {
    const redactor = new Redactor(parse("rules: [{ name: id, pattern: 'secret' }]"));
    const event = fixtureExec({
      argv: ["a", "\ufffd secret", "\ufffd"],
      raw: { argv: [null, "/yBz", "/w=="], cwd: "/w==" },
    });
    expect(redactor.exec(event)).toMatchObject({
      argv: ["a", "\ufffd <redacted:id>", "\ufffd"],
      raw: { argv: [null, null, "/w=="], cwd: "/w==" },
    });
    const same = fixtureExec({ argv: ["a"] });
    expect(redactor.exec(same)).toBe(same);
  });

  it("takes time linear in the argument for expressions that others choke on", () => {
    const redactor = new Redactor(parse("rules: [{ name: evil, pattern: '(x+x+)+y' }]"));
    const argument = "x".repeat(20_000);
    expect(redactor.arguments([argument])).toEqual([argument]);
  });
});

describe("parseRedactionRules", () => {
  it("puts the presets before the file's own", () => {
    const rules = parse("presets: true\nrules:\n  - { name: pin, after: '^--pin$' }\n");
    expect(rules).toHaveLength(redactionPresets().length + 1);
    expect(new Redactor(rules).arguments(["--pin", "1234"])).toEqual(["--pin", "<redacted:pin>"]);
  });

  it.each([
    ["nothing", "rules: []", "r.yaml:1: expected rules or presets, found neither"],
    ["a rule without a name", "rules: [{ pattern: x }]", "r.yaml:1: expected a name, found none"],
    ["a name that is none", "rules: [{ name: A B, pattern: x }]", "expected a name of small letters"],
    [
      "two kinds",
      "rules: [{ name: a, pattern: x, after: y }]",
      "expected one of pattern and after, found both",
    ],
    ["no kind", "rules:\n  - name: a", "r.yaml:2: expected pattern or after, found neither"],
    [
      "an expression that is none",
      "rules: [{ name: a, pattern: '(' }]",
      "expected a regular expression as RE2 has them",
    ],
    ["one that matches nothing", "rules: [{ name: a, pattern: 'x*' }]", "does not match the empty text"],
    [
      "one that explodes",
      "rules: [{ name: a, pattern: '((a{1,100}){1,100}){1,100}' }]",
      "r.yaml:1: expected",
    ],
    ["an unknown key", "rules: [{ name: a, regex: x }]", "r.yaml:1: expected"],
    ["a flag that is none", "presets: maybe", "expected true or false"],
  ])("refuses %s", (_, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
