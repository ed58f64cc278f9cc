import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { describe, expect, it } from "vitest";

import { decodeArguments } from "../../../../tracer-service/decode/decodeArguments.ts";
import { parseRedactionRules } from "../../../../tracer-service/redaction/redactionFile.ts";
import type { RedactionRule } from "../../../../tracer-service/redaction/redactionRule.ts";
import { redactionPresets } from "../../../../tracer-service/redaction/redactionPresets.ts";
import { WorkBudgets } from "../../../../tracer-service/redaction/workBudgets.ts";
import { Redactor } from "../../../../tracer-service/redaction/redactor.ts";
import { fixtureExec } from "../output/fixtureEvents.ts";

/** A clock in whose time matching costs nothing. */
const still = { nowMs: () => 0, cpuMs: () => 0 };
const presets = new Redactor(redactionPresets(), still);
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

  it.each([
    ["PASSWORD='it is' run", "PASSWORD='<redacted:assignment>' run"],
    ['DB_PASSWORD="a \\" b" run', 'DB_PASSWORD="<redacted:assignment>" run'],
    ["PASSWORD=correct\\ horse run", "PASSWORD=<redacted:assignment> run"],
    ["tool --password=a,b; ls", "tool --password=<redacted:assignment>; ls"],
    ["MYSQL_PWD=x mysql", "MYSQL_PWD=<redacted:assignment> mysql"],
    ["DB_PASS=x run", "DB_PASS=<redacted:assignment> run"],
    ["java -Dspring.datasource.password=x", "java -Dspring.datasource.password=<redacted:assignment>"],
    ['{"password": "a b", "user": "c"}', '{"password": "<redacted:assignment>", "user": "c"}'],
    ["mysql --password x -e y", "mysql --password <redacted:flag> -e y"],
    ["mysql --password 'it is' -e y", "mysql --password '<redacted:flag>' -e y"],
    ["curl https://me:p@ss@host/x", "curl https://me:<redacted:url-credential>@host/x"],
    ["curl https://me:pa/ss@host/x", "curl https://me:<redacted:url-credential>@host/x"],
    ["curl https://me:1234@host/x", "curl https://me:<redacted:url-credential>@host/x"],
    ["git clone https://abcdef@host/x", "git clone https://<redacted:url-credential>@host/x"],
    [
      'curl -H \'Authorization: Digest a="b", c="d"\' h',
      "curl -H 'Authorization: Digest <redacted:authorization>' h",
    ],
  ])("replace all of the secret in the script %j", (script, expected) => {
    expect(presets.arguments(["bash", "-ec", script])).toEqual(["bash", "-ec", expected]);
  });

  it.each([
    ["DB_PASSWORD=correct horse", "DB_PASSWORD=<redacted:assignment>"],
    ["--password=a&b,c;d 'e' f", "--password=<redacted:assignment>"],
    ["--password=p'q", "--password=<redacted:assignment>"],
    ["TOKEN=a\nb", "TOKEN=<redacted:assignment>"],
    [`TOKEN=ghp_${"a".repeat(36)} b`, "TOKEN=<redacted:assignment>"],
    [`TOKEN=ghp_${"a".repeat(36)}`, "TOKEN=<redacted:github-token>"],
    ["Authorization: Bearer a b", "Authorization: Bearer <redacted:authorization>"],
    ['-HAuthorization: Digest a="b", c="d"', "-HAuthorization: Digest <redacted:authorization>"],
    ["https://me:p'a\"s/s@x@host/x", "https://me:<redacted:url-credential>@host/x"],
  ])("replace to its end in %j, an argument of its own", (argument, expected) => {
    expect(presets.arguments(["x", argument])).toEqual(["x", expected]);
  });

  it("know what an argument and a script of the same text are", () => {
    const text = "TOKEN=a run b";
    expect(presets.arguments([text, "-c", text])).toEqual([
      ...["TOKEN=<redacted:assignment>", "-c", "TOKEN=<redacted:assignment> run b"],
    ]);
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
    "npm install --registry http://localhost:4873/@scope/pkg https://host/@scope/pkg@1.2",
    "git clone ssh://git@host/x https://[::1]:80/@x PWD=/home/me",
    "sh -c echo --author a --oauth2-proxy b",
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
    expect(redactor.counts).toEqual({ redacted: 1, unexamined: 0 });
  });

  it("replaces the first group that took part in the match", () => {
    const redactor = new Redactor(parse("rules: [{ name: id, pattern: 'a=(?:\"([0-9]+)\"|([0-9]+))' }]"));
    expect(redactor.arguments(['a="1" a=2'])).toEqual(['a="<redacted:id>" a=<redacted:id>']);
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
    expect(redactor.running({ argv: event.argv, raw: event.raw?.argv })).toEqual({
      argv: ["a", "\ufffd <redacted:id>", "\ufffd"],
      raw: [null, null, "/w=="],
    });
    expect(redactor.running({ argv: ["\ufffd secret"], raw: ["/yBz"] }).raw).toBeUndefined();
    const same = fixtureExec({ argv: ["a"] });
    expect(redactor.exec(same)).toBe(same);
  });

  it("takes time linear in the argument for expressions that others choke on", () => {
    const redactor = new Redactor(parse("rules: [{ name: evil, pattern: '(x+x+)+y' }]"), still);
    const argument = "x".repeat(20_000);
    expect(redactor.arguments([argument])).toEqual([argument]);
  });
});

describe("WorkBudgets", () => {
  it("gives a workspace a twentieth of the time that passes", () => {
    let [nowMs, cpuMs] = [0, 0];
    const budgets = new WorkBudgets({ nowMs: () => nowMs, cpuMs: () => cpuMs });
    const work = (): boolean => budgets.run("w", () => ((cpuMs += 25), true)) ?? false;
    while (work());
    expect(cpuMs).toBe(250);
    nowMs += 10_000;
    while (work());
    expect(cpuMs).toBe(500);
    nowMs += 1_000;
    while (work());
    expect(cpuMs).toBe(550);
  });
});

describe("Redactor, when matching takes long", () => {
  const argvOf = (count: number, prefix = "s"): string[] =>
    Array.from({ length: count }, (_, number) => `TOKEN=${prefix}${String(number)}`);
  /** Each match takes 10 ms of the processor, and no time comes in which it is given more. */
  const slow = (): Redactor => {
    let ms = 0;
    const regexOf = ({ regex }: RedactionRule): RedactionRule["regex"] =>
      new Proxy(regex, {
        get: (target, key) => {
          if (key === "matcher" || key === "test") ms += 10;
          const value: unknown = Reflect.get(target, key);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
    const rules = redactionPresets().map((rule) => ({ ...rule, regex: regexOf(rule) }));
    return new Redactor(rules, { nowMs: () => 0, cpuMs: () => ms });
  };
  const examined = (argv: readonly string[]): number =>
    argv.filter((text) => text === "TOKEN=<redacted:assignment>").length;

  it("replaces what it has no time to examine, counts it, and lets no secret through", () => {
    const redactor = slow();
    const argv = redactor.arguments(argvOf(200), "mallory");
    expect(new Set(argv)).toEqual(new Set(["TOKEN=<redacted:assignment>", "<redacted:unexamined>"]));
    expect(examined(argv)).toBeLessThan(40);
    expect(redactor.counts).toEqual({ redacted: 200, unexamined: 200 - examined(argv) });
    expect(redactor.arguments(["--password"], "mallory")).toEqual(["--password"]);
    expect(redactor.arguments(["--password", "x"], "mallory")).toEqual([
      "--password",
      "<redacted:unexamined>",
    ]);
  });

  it("has time for the other workspaces, and for what can hold no secret", () => {
    const redactor = slow();
    redactor.arguments(argvOf(200), "mallory");
    expect(redactor.arguments(["make", "-j8"], "mallory")).toEqual(["make", "-j8"]);
    expect(redactor.arguments(["TOKEN=other"], "jessie")).toEqual(["TOKEN=<redacted:assignment>"]);
  });

  it("takes no longer for many workspaces together than for a few", () => {
    const redactor = slow();
    const counts = Array.from({ length: 20 }, (_, number) =>
      examined(redactor.arguments(argvOf(200, `s${String(number)}-`), `mallory-${String(number)}`)),
    );
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThan(80);
  });

  it("knows the workspace of an exec by its pod, or else by its labels", () => {
    const redactor = slow();
    const token = ["TOKEN=other"];
    redactor.exec(fixtureExec({ labels: { username: "mallory" }, pod: undefined, argv: argvOf(200) }));
    expect(
      ["mallory", "jessie"].map(
        (username) =>
          redactor.exec(fixtureExec({ labels: { username }, pod: undefined, argv: token })).argv[0],
      ),
    ).toEqual(["<redacted:unexamined>", "TOKEN=<redacted:assignment>"]);
  });
});

describe("what is remembered of arguments", () => {
  it("keeps none of the long ones beside them in memory", () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const redactor = new Redactor(redactionPresets(), still);
    const [execs, longBytes] = [2_000, 32_768];
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < execs; i++) {
      const args = Buffer.from(`x\0--number-of-this-exec=${String(i)}\0${"y".repeat(longBytes)}\0`);
      redactor.arguments(decodeArguments(args, Buffer.alloc(0), args.length).argv);
    }
    collectGarbage();
    const grown = process.memoryUsage().heapUsed - before;
    expect(redactor.arguments(["x"])).toEqual(["x"]);
    expect(grown).toBeLessThan((execs * longBytes) / 8);
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
