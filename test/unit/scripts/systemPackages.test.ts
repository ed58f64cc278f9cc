import { describe, expect, it } from "vitest";
import { installPackages, missingPackages, SYSTEM_PACKAGES } from "../../../scripts/systemPackages.mjs";

describe("missingPackages", () => {
  it("misses everything on an empty machine", () => {
    const names = SYSTEM_PACKAGES.test.map(({ name }) => name);
    expect(missingPackages(SYSTEM_PACKAGES.test, () => false)).toEqual(names);
  });

  it.each([
    ["clang", "/usr/bin/clang"],
    ["libbpf-dev", "/usr/local/include/bpf/bpf_helpers.h"],
    ["libbpf1", "/usr/lib64/libbpf.so.1"],
    ["runc", "/usr/sbin/runc"],
    ["libkrb5-dev", "/usr/include/gssapi/gssapi.h"],
    ["chromium", "/usr/bin/chromium"],
  ])("counts %s as there when %s is", (name, file) => {
    expect(missingPackages(SYSTEM_PACKAGES.test, (path) => path === file)).not.toContain(name);
  });

  it("needs neither a compiler of C++ for the tracer alone nor a browser to start", () => {
    const missing = (purpose: keyof typeof SYSTEM_PACKAGES): string[] =>
      missingPackages(SYSTEM_PACKAGES[purpose], () => false);
    expect(missing("trace")).not.toContain("g++");
    expect(missing("start")).toEqual(expect.arrayContaining([...missing("trace"), "g++"]));
    expect(missing("start")).not.toContain("chromium");
    expect(missing("test")).toEqual(expect.arrayContaining([...missing("start"), "chromium"]));
  });

  it("does not take another version of a library for the one needed", () => {
    expect(missingPackages(SYSTEM_PACKAGES.start, (path) => path.endsWith("/libbpf.so.0"))).toContain(
      "libbpf1",
    );
  });
});

describe("installPackages", () => {
  /** A machine that records its commands and fails those that `fails` names. */
  function machine(state: { isRoot?: boolean; hasAptGet?: boolean; fails?: string }) {
    const commands: string[] = [];
    const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
      commands.push([env["DEBIAN_FRONTEND"], command, ...args].join(" "));
      return args[0] !== state.fails;
    };
    return { commands, isRoot: state.isRoot ?? true, hasAptGet: state.hasAptGet ?? true, run };
  }

  it("fetches the lists, then installs without asking and without recommended packages", () => {
    const root = machine({});
    installPackages(["clang", "runc"], root);
    expect(root.commands).toEqual([
      "noninteractive apt-get update -q",
      "noninteractive apt-get install -qy --no-install-recommends clang runc",
    ]);
  });

  it("still installs when one of the machine's package sources can't be updated", () => {
    const root = machine({ fails: "update" });
    installPackages(["clang"], root);
    expect(root.commands).toHaveLength(2);
  });

  it.each([
    ["without root", { isRoot: false }, "sudo apt-get install -y clang runc", 0],
    ["without apt-get", { hasAptGet: false }, "install what Debian calls clang runc", 0],
    ["when apt-get fails", { fails: "install" }, "then install clang runc", 2],
  ])("says what to install %s", (_when, state, message, commands) => {
    const failing = machine(state);
    expect(() => {
      installPackages(["clang", "runc"], failing);
    }).toThrow(message);
    expect(failing.commands).toHaveLength(commands);
  });
});
