import { copyFileSync, mkdirSync, rmdirSync } from "node:fs";
import { dirname } from "node:path";

import { expect, it } from "vitest";

import { describeKernel } from "./support/describeKernel.ts";
import { runOutside, succeeded, type Finished, type TestCgroup } from "./support/testCgroup.ts";
import type { TestPrograms } from "./support/testPrograms.ts";
import { TracedNode } from "./support/tracedNode.ts";
import { useTracedWorkspace } from "./support/useTracedWorkspace.ts";

/** Names that the kernel's walk takes on the mount that a file lies on, and names and mounts above. */
const COMPONENTS = 32;
const UPPER_COMPONENTS = 16;

describeKernel("paths", () => {
  let node: TracedNode;
  let programs: TestPrograms;
  let workspace: TestCgroup;

  useTracedWorkspace((traced) => {
    ({ node, programs, workspace } = traced);
  });

  /** Copies the program that does nothing to `path` below the test's folder. */
  function place(path: string): string {
    const to = programs.file(path);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(programs.path("nothing"), to);
    return to;
  }

  /** A path below the test's folder with `count` components from the root on. */
  function deep(count: number, name: string): string {
    const above = programs.directory.split("/").length - 1;
    return `${`${name}/`.repeat(count - above - 1)}end`;
  }

  it("shows names with white space, line feeds and any script", async () => {
    const program = place("with space\n/größe/名前🦊");
    succeeded(await workspace.run([program, "names"], { cwd: dirname(program) }));
    expect(await node.exec("names")).toMatchObject({
      exe: program,
      cwd: dirname(program),
      filename: program,
      raw: undefined,
    });
  });

  it("keeps names that are not UTF-8 beside the text", async () => {
    const script = 'mkdir "$1"/$(printf "\\377") && cd "$1"/$(printf "\\377") && cp "$2" p && ./p names-raw';
    succeeded(await workspace.sh(script, programs.directory, programs.path("nothing")));
    const exec = await node.exec("names-raw");
    const raw = Buffer.concat([Buffer.from(`${programs.directory}/`), Buffer.from([0xff])]);
    expect(exec).toMatchObject({
      cwd: `${programs.directory}/\ufffd`,
      exe: `${programs.directory}/\ufffd/p`,
    });
    expect(exec.raw).toEqual({
      cwd: raw.toString("base64"),
      exe: Buffer.concat([raw, Buffer.from("/p")]).toString("base64"),
    });
  });

  it("keeps the bytes of a cgroup's name, too, whether it was told of it or finds it", async () => {
    const directory = Buffer.concat([Buffer.from(`${workspace.directory}/`), Buffer.from([0xff])]);
    const cgroup = `${workspace.path}/\ufffd`;
    const raw = {
      cgroup: Buffer.concat([Buffer.from(`${workspace.path}/`), Buffer.from([0xff])]).toString("base64"),
    };
    const script = 'echo $$ > "$1/$(printf "\\377")/cgroup.procs" && exec /bin/true "$2"';
    const run = async (argument: string): Promise<void> => {
      succeeded(await runOutside(["/bin/sh", "-c", script, "sh", workspace.directory, argument]));
    };
    mkdirSync(directory);
    try {
      await run("cgroup-told");
      expect(await node.exec("cgroup-told")).toMatchObject({ cgroup, raw, labels: { username: "jessie" } });
      const later = new TracedNode({ root: node.root });
      try {
        await run("cgroup-found");
        expect(await later.exec("cgroup-found")).toMatchObject({ cgroup, raw });
      } finally {
        await later.stopTracing();
        later.kernel.close();
      }
    } finally {
      rmdirSync(directory);
    }
  });

  it("keeps names of 255 bytes whole", async () => {
    const program = place(`${"d".repeat(255)}/${"e".repeat(255)}/${"f".repeat(255)}`);
    succeeded(await workspace.run([program, "long-names"]));
    expect(await node.exec("long-names")).toMatchObject({
      exe: program,
      exeTruncated: false,
      filename: program,
    });
  });

  it("keeps paths of 32 components whole", async () => {
    const program = place(deep(COMPONENTS, "c"));
    succeeded(await workspace.run([program, "whole-path"], { cwd: dirname(program) }));
    expect(await node.exec("whole-path")).toMatchObject({
      exe: program,
      exeTruncated: false,
      cwd: dirname(program),
      cwdTruncated: false,
    });
  });

  it("keeps the end of longer paths and says that the beginning is missing", async () => {
    const program = place(deep(COMPONENTS + 8, "d"));
    const shown = (path: string): string => `…/${path.split("/").slice(-COMPONENTS).join("/")}`;
    succeeded(await workspace.run([program, "cut-path"], { cwd: dirname(program) }));
    expect(await node.exec("cut-path")).toMatchObject({
      exe: shown(program),
      exeTruncated: true,
      cwd: shown(dirname(program)),
      cwdTruncated: true,
      filename: program,
    });
  });

  it("keeps the file name of a path as long as the kernel takes", async () => {
    const names = Array.from({ length: 15 }, (_, i) => String.fromCharCode(97 + i).repeat(250));
    const program = place(`${names.join("/")}/end`);
    succeeded(await workspace.run([program, "longest-path"]));
    expect(await node.exec("longest-path")).toMatchObject({ exe: program, filename: program });
  });

  it("keeps the end of a path as long as the kernel takes below a directory given by a descriptor", async () => {
    const program = place("by-descriptor/end");
    const exec = (path: string): Promise<Finished> =>
      workspace.run([
        programs.path("exec_by_fd"),
        ...["below", dirname(program), path],
        ...["program", "below-descriptor"],
      ]);
    let longest = `${"./".repeat(2045)}end`;
    if ((await exec(longest)).code !== 0) {
      // TOMOYO, which Debian's 5.10 has, finds no file whose path is longer than 4,095 bytes with /dev/fd/3/ before it.
      longest = `${"./".repeat(2041)}end`;
      succeeded(await exec(longest));
    }
    const { filename, exe } = await node.lastExec("below-descriptor");
    expect(filename).toBe(`/dev/fd/3/${longest}`);
    expect(exe).toBe(program);
  });

  it("tells that the working directory was deleted, and what it was called", async () => {
    const directory = programs.file("gone");
    succeeded(
      await workspace.sh('mkdir "$1" && cd "$1" && rmdir "$1" && exec /bin/true cwd-gone', directory),
    );
    expect(await node.exec("cwd-gone")).toMatchObject({
      cwd: directory,
      cwdDeleted: true,
      cwdTruncated: false,
    });
    succeeded(await workspace.run(["/bin/true", "cwd-there"], { cwd: programs.directory }));
    expect(await node.exec("cwd-there")).toMatchObject({ cwd: programs.directory, cwdDeleted: false });
  });

  it("shows the root directory as it is written", async () => {
    succeeded(await workspace.run(["/bin/true", "cwd-root"], { cwd: "/" }));
    expect(await node.exec("cwd-root")).toMatchObject({ cwd: "/" });
  });

  it("shows paths as a process in a chroot sees them", async () => {
    place("jail/usr/bin/inside");
    const script = 'cd "$1"/usr && chroot "$1" /usr/bin/inside in-chroot';
    succeeded(await workspace.sh(script, programs.file("jail")));
    expect(await node.lastExec("in-chroot")).toMatchObject({
      exe: "/usr/bin/inside",
      filename: "/usr/bin/inside",
      cwd: "/",
    });
  });

  it("keeps paths of 32 components whole in a chroot too", async () => {
    const inside = `${"j/".repeat(COMPONENTS - 1)}end`;
    place(`deep-jail/${inside}`);
    succeeded(await workspace.run(["chroot", programs.file("deep-jail"), `/${inside}`, "deep-in-chroot"]));
    expect(await node.lastExec("deep-in-chroot")).toMatchObject({ exe: `/${inside}`, exeTruncated: false });
  });

  it("walks across mounts, also several on one another", async () => {
    const script = `
      mount -t tmpfs none "$1" && mkdir "$1/a" "$1/a/b" && mount -t tmpfs none "$1/a/b" && mkdir "$1/a/b/c" &&
      mount -t tmpfs none "$1/a/b/c" && mkdir "$1/a/b/c/d" && cp "$2" "$1/a/b/c/d/program" &&
      cd "$1/a/b" && c/d/program across-mounts`;
    mkdirSync(programs.file("mounts"));
    const shell = ["sh", "-c", script, "sh", programs.file("mounts"), programs.path("nothing")];
    succeeded(await workspace.run(["unshare", "--mount", ...shell]));
    expect(await node.exec("across-mounts")).toMatchObject({
      exe: programs.file("mounts/a/b/c/d/program"),
      filename: "c/d/program",
      cwd: programs.file("mounts/a/b"),
      exeTruncated: false,
      image: undefined,
    });
  });

  it.each([
    { above: UPPER_COMPONENTS, truncated: false },
    { above: UPPER_COMPONENTS + 1, truncated: true },
  ])("walks $above names above the mount (truncated: $truncated)", async ({ above, truncated }) => {
    const directory = programs.file(dirname(deep(above + 1, "u")));
    const script =
      'mkdir -p "$1" && mount -t tmpfs none "$1" && cp "$2" "$1/program" && "$1/program" "above-$3"';
    const shell = ["sh", "-c", script, "sh", directory, programs.path("nothing"), String(above)];
    succeeded(await workspace.run(["unshare", "--mount", ...shell]));
    const shown = truncated ? `…/${directory.split("/").slice(2).join("/")}` : directory;
    expect(await node.exec(`above-${String(above)}`)).toMatchObject({
      exe: `${shown}/program`,
      exeTruncated: truncated,
    });
  });

  it("shows a bind mount by where it is mounted", async () => {
    place("bound-from/program");
    mkdirSync(programs.file("bound-to"));
    const script = 'mount --bind "$1" "$2" && cd "$2" && ./program bound';
    const shell = ["sh", "-c", script, "sh", programs.file("bound-from"), programs.file("bound-to")];
    succeeded(await workspace.run(["unshare", "--mount", ...shell]));
    expect(await node.exec("bound")).toMatchObject({
      exe: programs.file("bound-to/program"),
      cwd: programs.file("bound-to"),
    });
  });

  it.each([
    { what: "the file itself lies there", below: "" },
    { what: "another file system is mounted there", below: "mount/" },
  ])("says that it is outside of the root what was moved out of a bind mount: $what", async ({ below }) => {
    const name = below === "" ? "moved-file" : "moved-mount";
    place(`${name}/program`);
    const script = `
      mount -t tmpfs none "$1" && cd "$1" && mkdir -p files/bound/bin/mount files/usr to && mount --bind files/bound to &&
      if [ "$3" ]; then mount -t tmpfs none to/bin/mount; fi && cp "$2" "to/bin/$3program" && cd "$1/to/bin/$3" &&
      mv "$1/files/bound/bin" "$1/files/usr/bin" && ./program "$4"`;
    const shell = ["sh", "-c", script, "sh", programs.file(name), programs.path("nothing"), below, name];
    succeeded(await workspace.run(["unshare", "--mount", ...shell]));
    expect(await node.lastExec(name)).toMatchObject({
      exe: `/files/usr/bin/${below}program`,
      exeOutsideRoot: true,
      cwd: `/files/usr/bin/${below}`.replace(/\/$/, ""),
      cwdOutsideRoot: true,
      exeTruncated: false,
    });
  });

  it("shows paths of a container's own root without the way to it", async () => {
    const script = `
      mount -t tmpfs none "$1" && mkdir -p "$1/opt/bin" "$1/old" && cp "$2" "$1/opt/bin/program" &&
      cd "$1" && pivot_root . old && cd /opt && bin/program pivoted`;
    mkdirSync(programs.file("new-root"));
    const shell = ["sh", "-c", script, "sh", programs.file("new-root"), programs.path("nothing")];
    succeeded(await workspace.run(["unshare", "--mount", ...shell]));
    expect(await node.exec("pivoted")).toMatchObject({ exe: "/opt/bin/program", cwd: "/opt" });
  });
});
