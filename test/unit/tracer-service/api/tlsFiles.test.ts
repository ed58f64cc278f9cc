import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { TlsFiles } from "../../../../tracer-service/api/tlsFiles.ts";

const directory = mkdtempSync(join(tmpdir(), "tlsfiles-"));
const at = (name: string): string => join(directory, name);
let problems: string[];

beforeAll(() => {
  for (const name of ["one", "two"]) {
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
        ...["-subj", `/CN=${name}`, "-keyout", at(`${name}.key`), "-out", at(`${name}.crt`)],
      ],
      { stdio: "ignore" },
    );
  }
});

beforeEach(() => {
  problems = [];
  use("one");
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function use(cert: string, key = cert): void {
  copyFileSync(at(`${cert}.crt`), at("tls.crt"));
  copyFileSync(at(`${key}.key`), at("tls.key"));
}

const open = (): TlsFiles =>
  new TlsFiles(at("tls.crt"), at("tls.key"), (problem) => void problems.push(problem));

describe("TlsFiles", () => {
  it("tells a new pair once", () => {
    const files = open();
    expect(files.changed()).toBeUndefined();
    use("two");
    expect(files.changed()?.cert).toEqual(readFileSync(at("two.crt")));
    expect(files.changed()).toBeUndefined();
    expect(problems).toEqual([]);
  });

  it("keeps the pair before while the halves don't belong together, and says so once", () => {
    const files = open();
    use("two", "one");
    expect([files.changed(), files.changed()]).toEqual([undefined, undefined]);
    expect(files.used.cert).toEqual(readFileSync(at("one.crt")));
    expect(problems).toMatchObject([
      expect.stringMatching(/^could not use the certificate .*key values mismatch/),
    ]);
    use("two");
    expect(files.changed()?.key).toEqual(readFileSync(at("two.key")));
  });

  it("can't be opened without a pair that can be used", () => {
    writeFileSync(at("tls.key"), "no key");
    expect(open).toThrow(/^could not use the certificate/);
  });
});
