import { describe, expect, it } from "vitest";
import { sidecarLine } from "../../../../../extension/cluster/sidecars/sidecarLine.ts";
import { workspacePod } from "../fixtureObjects.ts";

const pod = workspacePod({ uid: "1", node: "n1", name: "jessie-main" });

function line(labels: Readonly<Record<string, string>>): string {
  const event = { filename: "/bin/ls", argv: ["ls"], truncated: false, pid: 7, uid: 0, gid: 0, comm: "sh" };
  return JSON.stringify({
    ts: "2026-01-02T03:04:05.678Z",
    level: "INFO",
    msg: "exec",
    fields: { labels, cmdline: "ls", event },
  });
}

describe("sidecarLine", () => {
  it("takes user and workspace from the pod, and the rest from the line", () => {
    const read = sidecarLine(line({ user_id: "u-1" }), pod);
    expect(read?.event).toMatchObject({
      type: "exec",
      cmdline: "ls",
      node: "n1",
      labels: { user_id: "u-1", username: "jessie", workspace_name: "main" },
    });
    expect(read?.differs).toEqual([]);
    expect(JSON.parse(read?.line ?? "")).toMatchObject({
      fields: { kubernetes: { namespace: "team-a", pod: "jessie-main", pod_uid: "1" } },
    });
  });

  it("says which labels of the line differ, and does not believe them", () => {
    const read = sidecarLine(line({ username: "root", workspace_name: "main" }), pod);
    expect(read?.event.labels["username"]).toBe("jessie");
    expect(read?.differs).toEqual(['username "root"']);
  });

  it.each([
    ["other text", "listening"],
    ["JSON that is no event", '{"msg":"ready"}'],
    ["half of a line", '{"ts":"2026-'],
  ])("is undefined for %s", (_, text) => {
    expect(sidecarLine(text, pod)).toBeUndefined();
  });
});
