import { copyFileSync, linkSync, readFileSync, statSync, writeFileSync } from "node:fs";

import { expect, it } from "vitest";

import { encodeArgumentLists } from "./support/argumentLists.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { succeeded, type TestCgroup } from "./support/testCgroup.ts";
import type { TestPrograms } from "./support/testPrograms.ts";
import type { TracedNode } from "./support/tracedNode.ts";
import { useTracedWorkspace } from "./support/useTracedWorkspace.ts";

describeKernel("every kind of exec", () => {
  let node: TracedNode;
  let programs: TestPrograms;
  let workspace: TestCgroup;

  useTracedWorkspace((traced) => {
    ({ node, programs, workspace } = traced);
  });

  function copyOfNothing(name: string): string {
    const path = programs.file(name);
    copyFileSync(programs.path("nothing"), path);
    return path;
  }

  it("logs execve with its file, its caller and its cgroup", async () => {
    await workspace.run(["/bin/sh", "-c", "/usr/bin/env true by-execve; :"], { cwd: "/usr" });
    const exec = await node.exec("by-execve");
    const env = statSync("/usr/bin/env", { bigint: true });
    expect(exec).toMatchObject({
      filename: "/usr/bin/env",
      exe: "/usr/bin/env",
      exeInode: env.ino,
      exeDevice: `${String(env.dev >> 8n)}:${String(env.dev & 0xffn)}`,
      argv: ["/usr/bin/env", "true", "by-execve"],
      interpreter: undefined,
      image: undefined,
      comm: "sh",
      cwd: "/usr",
      cgroup: workspace.path,
      cgroupId: statSync(workspace.directory, { bigint: true }).ino,
      labels: { username: "jessie", workspace_name: "main" },
      attribution: "cgroup",
      truncated: false,
      raw: undefined,
    });
    expect(exec.tid).toBe(exec.pid);
    expect(exec.nsPid).toBe(exec.pid);
  });

  it("logs execveat of a descriptor with an empty path", async () => {
    const program = programs.path("nothing");
    succeeded(
      await workspace.run([programs.path("exec_by_fd"), "empty_path", program, "named", "by-empty-path"]),
    );
    const exec = await node.lastExec("by-empty-path");
    expect(exec).toMatchObject({ exe: program, argv: ["named", "by-empty-path"], image: undefined });
    expect(exec.filename).toMatch(/^\/dev\/fd\/\d+$/);
  });

  it("logs execveat of a name below a directory's descriptor", async () => {
    const program = programs.path("nothing");
    succeeded(
      await workspace.run([programs.path("exec_by_fd"), "directory", program, "named", "by-directory"]),
    );
    const exec = await node.lastExec("by-directory");
    expect(exec).toMatchObject({ exe: program, argv: ["named", "by-directory"] });
    expect(exec.filename).toMatch(/^\/dev\/fd\/\d+\/nothing$/);
  });

  it("tells that a program lies in memory", async () => {
    const program = programs.path("nothing");
    succeeded(
      await workspace.run([programs.path("exec_by_fd"), "memfd", program, "payload", "x", "by-memfd"]),
    );
    expect(await node.lastExec("by-memfd")).toMatchObject({
      image: "memfd",
      exe: "memfd:payload",
      argv: ["x", "by-memfd"],
    });
  });

  it("does not take a file for memory because of its name", async () => {
    const program = copyOfNothing("memfd:payload");
    succeeded(await workspace.run([program, "no-memfd"]));
    expect(await node.exec("no-memfd")).toMatchObject({ image: undefined, exe: program, filename: program });
  });

  it("tells that a program was deleted, and what it was called", async () => {
    const program = copyOfNothing("deleted");
    succeeded(await workspace.run([programs.path("exec_by_fd"), "deleted", program, "x", "by-deleted"]));
    expect(await node.lastExec("by-deleted")).toMatchObject({ image: "deleted", exe: program });
  });

  it("does not take a deleted file for memory because of its name", async () => {
    const program = copyOfNothing("memfd:gone");
    succeeded(await workspace.run([programs.path("exec_by_fd"), "deleted", program, "x", "by-gone"]));
    expect(await node.lastExec("by-gone")).toMatchObject({ image: "deleted", exe: program });
  });

  it("tells that the name by which a program was opened was deleted, though it has another", async () => {
    const program = copyOfNothing("first-name");
    linkSync(program, programs.file("second-name"));
    succeeded(await workspace.run([programs.path("exec_by_fd"), "deleted", program, "x", "by-first-name"]));
    expect(await node.lastExec("by-first-name")).toMatchObject({ image: "deleted", exe: program });
  });

  it("knows a script and its interpreter", async () => {
    const script = programs.file("script");
    writeFileSync(script, `#!${programs.path("nothing")} --option\n`, { mode: 0o755 });
    succeeded(await workspace.run([script, "by-script"]));
    expect(await node.exec("by-script")).toMatchObject({
      filename: script,
      interpreter: programs.path("nothing"),
      exe: programs.path("nothing"),
      argv: [programs.path("nothing"), "--option", script, "by-script"],
    });
  });

  it("knows the script that another script is the interpreter of", async () => {
    const inner = programs.file("inner-script");
    const outer = programs.file("outer-script");
    writeFileSync(inner, `#!${programs.path("nothing")}\n`, { mode: 0o755 });
    writeFileSync(outer, `#!${inner}\n`, { mode: 0o755 });
    succeeded(await workspace.run([outer, "by-nested-script"]));
    expect(await node.exec("by-nested-script")).toMatchObject({
      filename: outer,
      interpreter: programs.path("nothing"),
      exe: programs.path("nothing"),
      argv: [programs.path("nothing"), inner, outer, "by-nested-script"],
    });
  });

  it("logs vfork and exec with the parent that was suspended", async () => {
    const list = programs.path("exec_list");
    const input = encodeArgumentLists([["x", "by-vfork"]]);
    succeeded(await workspace.run([list, programs.path("nothing"), "spawner"], { input }));
    const [spawner, child] = [await node.exec("spawner"), await node.exec("by-vfork")];
    expect(child).toMatchObject({
      lineage: "known",
      parentId: spawner.id,
      ppid: spawner.pid,
      comm: "exec_list",
    });
  });

  it("names the thread that execs, and its process", async () => {
    const program = programs.path("nothing");
    const finished = await workspace.run([programs.path("exec_from_thread"), program, "by-thread"]);
    const exec = await node.lastExec("by-thread");
    expect(exec).toMatchObject({
      tid: Number(succeeded(finished)),
      comm: "worker",
      execNumber: 2,
      exe: program,
    });
    expect(exec.tid).not.toBe(exec.pid);
    expect(await node.exit(exec)).toMatchObject({ pid: exec.pid, exitCode: 0 });
  });

  it("names the process, not the thread, that forked a parent", async () => {
    const program = programs.path("nothing");
    succeeded(await workspace.run([programs.path("fork_from_thread"), program, "by-threads-child"]));
    const parent = node.execsIn(workspace).find(({ exe }) => exe.endsWith("/fork_from_thread"));
    const child = await node.lastExec("by-threads-child");
    expect(parent).toBeDefined();
    expect(child).toMatchObject({
      ...{ exe: program, ppid: parent?.pid, lineage: "known", parentId: parent?.id, comm: "fork_from_threa" },
    });
  });

  it("numbers the execs of one process", async () => {
    await workspace.run([
      "/bin/sh",
      "-c",
      'exec /bin/sh -c "exec /bin/true several-3" several-2',
      "several-1",
    ]);
    const execs = [await node.exec("several-1"), await node.exec("several-2"), await node.exec("several-3")];
    expect(execs.map(({ execNumber }) => execNumber)).toEqual([1, 2, 3]);
    const processes = new Set(
      execs.map(({ id, execNumber }) => id.slice(0, -`.${String(execNumber)}`.length)),
    );
    expect(processes.size).toBe(1);
  });

  it("does not log an exec that fails", async () => {
    const noProgram = programs.file("no-program");
    const badProgram = programs.file("bad-program");
    writeFileSync(noProgram, "text", { mode: 0o644 });
    writeFileSync(badProgram, unloadable(readFileSync(programs.path("nothing"))), { mode: 0o755 });
    const shell = await workspace.run([
      "/bin/sh",
      "-c",
      '(exec /no/such/program failing); (exec "$1" failing); (exec "$2" failing); /bin/true after-failing',
      "shell",
      noProgram,
      badProgram,
    ]);
    expect(shell.stderr).toMatch(/not found|No such file/);
    const after = await node.exec("after-failing");
    expect(after.execNumber).toBe(1);
    await node.settle();
    const failing = node.execsIn(workspace).filter(({ argv }) => argv.includes("failing"));
    expect(failing.map(({ argv }) => argv)).toEqual([]);
  });

  it.skipIf(process.arch !== "x64")("logs an exec through the 32-bit system call gate", async (context) => {
    const finished = await workspace.run([programs.path("exec_by_int80")]);
    if (finished.signal !== null) context.skip("this kernel has no 32-bit system calls");
    expect(await node.exec("by-int-80")).toMatchObject({
      filename: "/bin/true",
      argv: ["/bin/true", "by-int-80"],
    });
  });
});

/** Moves the first segment of an ELF program to where none can be: the kernel finds out when the caller is gone already. */
function unloadable(program: Buffer): Buffer {
  const headers = Number(program.readBigUInt64LE(32));
  const size = program.readUInt16LE(54);
  const loadable = Array.from({ length: program.readUInt16LE(56) }, (_, i) => headers + i * size).find(
    (at) => program.readUInt32LE(at) === 1,
  );
  if (loadable === undefined) throw new Error("this is no ELF program");
  program.writeBigUInt64LE(0xffff_8000_0000_0000n, loadable + 16);
  return program;
}
