import { randomBytes, randomInt } from "node:crypto";

import { afterAll, beforeAll, expect, it } from "vitest";

import { describeKernel, describeWhere, loginUidObstacle } from "./support/describeKernel.ts";
import { finished, runOutside, startOutside, succeeded, TestCgroup } from "./support/testCgroup.ts";
import { TracedNode } from "./support/tracedNode.ts";

describeKernel("sessions and terminals", () => {
  let node: TracedNode;
  let workspace: TestCgroup;

  beforeAll(() => {
    node = new TracedNode();
    workspace = node.workspace("jessie", "main");
  });
  afterAll(async () => {
    await node.close();
  });

  it("names the controlling terminal", async () => {
    await workspace.run(["script", "--quiet", "--command", "tty; exec /bin/true on-terminal", "/dev/null"]);
    expect((await node.lastExec("on-terminal")).tty).toMatch(/^pts\d+$/);
  });

  it("knows when there is none", async () => {
    await workspace.run(["setsid", "/bin/true", "no-terminal"]);
    expect(await node.lastExec("no-terminal")).toMatchObject({ tty: undefined });
  });

  it("names the session by its leader", async () => {
    await workspace.run(["setsid", "--fork", "/bin/sh", "-c", "/bin/true member; :", "leader"]);
    await node.settle();
    const [leader, member] = [await node.lastExec("leader"), await node.exec("member")];
    expect(leader.sessionId).toBe(leader.pid);
    expect(member.sessionId).toBe(leader.pid);
  });

  it("names the program that called exec, by its name at the time", async () => {
    await workspace.sh("printf renamed > /proc/$$/comm; exec /bin/true by-renamed");
    expect(await node.exec("by-renamed")).toMatchObject({ comm: "renamed" });
  });

  it("keeps names that are not UTF-8 beside the text", async () => {
    await workspace.sh("printf '\\377x' > /proc/$$/comm; exec /bin/true by-raw-name");
    expect(await node.exec("by-raw-name")).toMatchObject({
      comm: "\ufffdx",
      raw: { comm: Buffer.from([0xff, 0x78]).toString("base64") },
    });
  });
});

describeWhere(loginUidObstacle, "login uids", () => {
  /** Uids that nobody has, so that nothing else on this machine comes into scope. */
  const first = randomInt(2_000_000_000, 2_100_000_000);
  const last = first + 9;
  const slices = `/wpl-test-${randomBytes(4).toString("hex")}.slice`;
  const labels = '{ username: "{user}", workspace_name: login }';
  const moreRules = `  - cgroup: ${slices}/user-{uid}.slice\n    labels: ${labels}\n  - login_uid: ${String(first)}-${String(last)}\n    labels: ${labels}\n`;
  let node: TracedNode;

  beforeAll(() => {
    node = new TracedNode({ moreRules });
  });
  afterAll(async () => {
    await node.close();
    await new TestCgroup(node.mountPoint, slices).remove();
  });

  const asLogin = (uid: number, marker: string): readonly string[] => [
    "/bin/sh",
    "-c",
    'echo "$1" > /proc/self/loginuid && cat /proc/self/sessionid && exec /bin/sh -c "/bin/true $2; :"',
    "sh",
    String(uid),
    marker,
  ];

  it.each([
    { where: "first", uid: first },
    { where: "last", uid: last },
  ])("captures processes outside of every workspace by the $where uid of a rule", async ({ uid }) => {
    const auditSession = succeeded(await runOutside(asLogin(uid, `login-${String(uid)}`)));
    expect(await node.exec(`login-${String(uid)}`)).toMatchObject({
      loginUid: uid,
      auditSession: Number(auditSession),
      attribution: "loginuid",
      labels: { username: `user${String(uid)}`, workspace_name: "login" },
      lineage: "known",
    });
    const exec = await node.exec(`login-${String(uid)}`);
    expect(await node.exit(exec)).toMatchObject({ attribution: "loginuid", labels: exec.labels });
  });

  it("captures them also in cgroups beside the workspaces, which are nobody's", async () => {
    // As `sudo systemd-run --scope --slice=user-evil.slice` has it: below where workspaces are, and none of them.
    const beside = new TestCgroup(node.mountPoint, `${slices}/user-evil.slice/run-1.scope`);
    await beside.run(["/bin/true", "known-by-now"]);
    await node.settle();
    succeeded(await beside.run(asLogin(first, "login-beside")));
    expect(await node.exec("login-beside")).toMatchObject({
      loginUid: first,
      attribution: "loginuid",
      labels: { username: `user${String(first)}`, workspace_name: "login" },
      cgroup: beside.path,
    });
    expect(node.execs.filter(({ argv }) => argv.includes("known-by-now"))).toEqual([]);
  });

  it("knows those that run already when tracing begins", async () => {
    const script = 'echo "$0" > /proc/self/loginuid; echo ready; read go; :';
    const child = startOutside(["/bin/sh", "-c", script, String(first + 1)]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    const later = new TracedNode({ moreRules });
    const found = later.session.snapshot.filter(({ pid }) => pid === child.pid);
    child.stdin?.end();
    await Promise.all([finished(child), later.close()]);
    expect(found).toMatchObject([
      { labels: { username: `user${String(first + 1)}`, workspace_name: "login" } },
    ]);
  });

  it("leaves other uids alone", async () => {
    succeeded(await runOutside(asLogin(last + 1, "other-login")));
    await node.settle();
    expect(node.execs.filter(({ argv }) => argv.includes("other-login"))).toEqual([]);
  });

  it("does not take a process out of its workspace", async () => {
    const workspace = node.workspace("jessie", "main");
    succeeded(await workspace.run(asLogin(first, "login-in-workspace")));
    expect(await node.lastExec("login-in-workspace")).toMatchObject({
      loginUid: first,
      attribution: "cgroup",
      labels: { username: "jessie", workspace_name: "main" },
    });
  });

  it("says when nobody logged in", async () => {
    await node.workspace("jessie", "main").run(["/bin/true", "no-login"]);
    expect(await node.exec("no-login")).toMatchObject({ loginUid: undefined, auditSession: undefined });
  });
});
