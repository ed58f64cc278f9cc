import { chmodSync, chownSync, copyFileSync, mkdirSync } from "node:fs";
import { release } from "node:os";

import { afterAll, beforeAll, expect, it } from "vitest";

import { isAtLeast, parseKernelVersion } from "../../tracer-service/kernelVersion.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { succeeded, type TestCgroup } from "./support/testCgroup.ts";
import { TestPrograms } from "./support/testPrograms.ts";
import { TracedNode } from "./support/tracedNode.ts";

/** An unprivileged user, and a group and another user that they do not belong to. */
const USER = 64_001;
const OTHER = 64_002;
const CAP_NET_RAW = 1n << 13n;

const asUser = [
  "setpriv",
  `--reuid=${String(USER)}`,
  `--regid=${String(USER)}`,
  "--clear-groups",
  "--inh-caps=-all",
];
const asRoot: string[] = [];
const withoutNewPrivileges = [...asUser, "setpriv", "--no-new-privs"];
/** Runs what follows from a file system that grants no privileges, with the same files. */
const nosuid = [
  "unshare",
  "--mount",
  "sh",
  "-c",
  'mount --bind "$0" "$0" && mount -o remount,bind,nosuid "$0" && exec "$@"',
];

/** The kernel maps the ids of a mount's files since 5.12. */
const mapsMounts = isAtLeast(parseKernelVersion(release()) ?? { major: 0, minor: 0 }, 5, 12);

describeKernel("privileges gained by an exec", () => {
  let node: TracedNode;
  let programs: TestPrograms;
  let workspace: TestCgroup;

  beforeAll(async () => {
    programs = new TestPrograms();
    node = new TracedNode();
    workspace = node.workspace("jessie", "main");
    makeProgram("plain", { mode: 0o755 });
    makeProgram("setuid-root", { mode: 0o4755 });
    makeProgram("setuid-other", { uid: OTHER, mode: 0o4755 });
    makeProgram("setuid-own", { uid: USER, mode: 0o4755 });
    makeProgram("setgid", { gid: OTHER, mode: 0o2755 });
    makeProgram("setgid-without-group-execute", { gid: OTHER, mode: 0o2745 });
    makeProgram("setuid-and-no-setgid", { uid: OTHER, gid: OTHER, mode: 0o6745 });
    makeProgram("setuid-and-setgid", { uid: OTHER, gid: OTHER, mode: 0o6755 });
    makeProgram("capable", { mode: 0o755 });
    makeProgram("setuid-other-capable", { uid: OTHER, mode: 0o4755 });
    succeeded(
      await workspace.run([programs.path("set_file_capability"), programs.file("setuid-other-capable")]),
    );
    for (const [name, uid] of [
      ["run-as-root", 0],
      ["run-as-other", OTHER],
    ] as const) {
      copyFileSync(programs.path("run_again"), programs.file(name));
      chownSync(programs.file(name), uid, 0);
      chmodSync(programs.file(name), 0o4755);
    }
    succeeded(await workspace.run([programs.path("set_file_capability"), programs.file("capable")]));
    makeProgram("permitted", { mode: 0o755 });
    const permitted = [programs.file("permitted"), "permitted"];
    succeeded(await workspace.run([programs.path("set_file_capability"), ...permitted]));
  });
  afterAll(async () => {
    await node.close();
    programs.remove();
  });

  function makeProgram(
    name: string,
    { uid = 0, gid = 0, mode }: { uid?: number; gid?: number; mode: number },
  ): void {
    copyFileSync(programs.path("nothing"), programs.file(name));
    chownSync(programs.file(name), uid, gid);
    chmodSync(programs.file(name), mode);
  }

  const root = { uid: 0, gid: 0, euid: 0, egid: 0 };
  const user = { uid: USER, gid: USER, euid: USER, egid: USER, capEffective: 0n };

  it.each([
    ["a plain program gains nothing", "plain", asUser, { ...user, gained: [] }],
    [
      "a setuid program of root's",
      "setuid-root",
      asUser,
      { ...user, euid: 0, capEffective: undefined, gained: ["setuid"] },
    ],
    [
      "a setuid program of another user's",
      "setuid-other",
      asUser,
      { ...user, euid: OTHER, gained: ["setuid"] },
    ],
    ["the user's own setuid program gains nothing", "setuid-own", asUser, { ...user, gained: [] }],
    ["a setgid program", "setgid", asUser, { ...user, egid: OTHER, gained: ["setgid"] }],
    [
      "setgid without execution by the group means nothing",
      "setgid-without-group-execute",
      asUser,
      { ...user, gained: [] },
    ],
    [
      "setuid with a setgid that means nothing",
      "setuid-and-no-setgid",
      asUser,
      { ...user, euid: OTHER, gained: ["setuid"] },
    ],
    [
      "both at once",
      "setuid-and-setgid",
      asUser,
      { ...user, euid: OTHER, egid: OTHER, gained: ["setuid", "setgid"] },
    ],
    [
      "file capabilities",
      "capable",
      asUser,
      { ...user, capEffective: CAP_NET_RAW, gained: ["file_capabilities"] },
    ],
    [
      "file capabilities that are only permitted",
      "permitted",
      asUser,
      { ...user, capEffective: 0n, gained: ["file_capabilities"] },
    ],
    ["root gains nothing by setuid to root", "setuid-root", asRoot, { ...root, gained: [] }],
    ["root gains nothing by file capabilities", "capable", asRoot, { ...root, gained: [] }],
    [
      "root's setgid is not taken for file capabilities",
      "setgid",
      asRoot,
      { ...root, egid: OTHER, gained: ["setgid"] },
    ],
    ["no_new_privs stops setuid", "setuid-root", withoutNewPrivileges, { ...user, gained: [] }],
    [
      "no_new_privs stops file capabilities; the exec is secure to the kernel all the same",
      "capable",
      withoutNewPrivileges,
      { ...user, gained: ["other"] },
    ],
  ])("%s", async (name, program, how, { capEffective, ...expected }: Record<string, unknown>) => {
    succeeded(await workspace.run([...how, programs.file(program), name]));
    const exec = await node.lastExec(name);
    expect(exec).toMatchObject({ exe: programs.file(program), ...expected });
    if (capEffective !== undefined) expect(exec.capEffective).toBe(capEffective);
  });

  // What runs as somebody else already, by an earlier program's setuid bit.
  it.each([
    ["a plain program of who is root already", "run-as-root", "plain", { euid: 0, gained: [] }],
    ["the same program once more", "run-as-root", "setuid-root", { euid: 0, gained: [] }],
    ["a plain program of who is another already", "run-as-other", "plain", { euid: OTHER, gained: [] }],
    ["that other's program", "run-as-other", "setuid-other", { euid: OTHER, gained: [] }],
    ["root's program by another", "run-as-other", "setuid-root", { euid: 0, gained: ["setuid"] }],
    ["another's by root", "run-as-root", "setuid-other", { euid: OTHER, gained: ["setuid"] }],
    [
      "file capabilities by another",
      "run-as-other",
      "capable",
      { euid: OTHER, gained: ["file_capabilities"] },
    ],
    ["root has its capabilities already", "run-as-root", "capable", { euid: 0, gained: [] }],
    ["a group", "run-as-other", "setgid", { euid: OTHER, egid: OTHER, gained: ["setgid"] }],
  ])("after a setuid program: %s", async (name, first, second, expected) => {
    succeeded(await workspace.run([...asUser, programs.file(first), programs.file(second), name]));
    expect(await node.lastExec(name)).toMatchObject({ exe: programs.file(second), uid: USER, ...expected });
  });

  it("setuid and file capabilities at once", async () => {
    succeeded(await workspace.run([...asUser, programs.file("setuid-other-capable"), "both-kinds"]));
    expect(await node.lastExec("both-kinds")).toMatchObject({
      euid: OTHER,
      capEffective: CAP_NET_RAW,
      gained: ["setuid", "file_capabilities"],
    });
  });

  it("root's effective capabilities come with setuid", async () => {
    succeeded(await workspace.run([...asUser, programs.file("setuid-root"), "all-capabilities"]));
    expect((await node.lastExec("all-capabilities")).capEffective & CAP_NET_RAW).toBe(CAP_NET_RAW);
  });

  it.skipIf(!mapsMounts)("setuid and setgid where the mount maps the ids of its files", async (context) => {
    const directory = programs.file("mapped");
    mkdirSync(directory);
    makeProgram("to-map", { mode: 0o6755 });
    const first = 100_000;
    const mount =
      'mount -t tmpfs none "$2" && cp -p "$1" "$2"/program && "$0" "$2" "$3" && shift 3 && exec "$@"';
    const mounted = await workspace.run([
      ...["unshare", "--mount", "sh", "-c", mount, programs.path("mount_idmapped")],
      ...[programs.file("to-map"), directory, String(first)],
      ...[...asUser, programs.file("mapped/program"), "mapped"],
    ]);
    if (mounted.stderr.includes("mount_setattr: Invalid argument"))
      context.skip("this kernel can't map the ids of a tmpfs (from 6.3 on)");
    succeeded(mounted);
    expect(await node.lastExec("mapped")).toMatchObject({
      ...user,
      euid: first,
      egid: first,
      gained: ["setuid", "setgid"],
    });
  });

  it.each([
    ["nosuid stops setuid", "setuid-root"],
    ["nosuid stops file capabilities", "capable"],
  ])("%s", async (name, program) => {
    succeeded(await workspace.run([...nosuid, programs.directory, ...asUser, programs.file(program), name]));
    expect(await node.lastExec(name)).toMatchObject({ ...user, exe: programs.file(program), gained: [] });
  });
});
