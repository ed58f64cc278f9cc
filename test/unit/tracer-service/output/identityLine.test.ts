import { describe, expect, it } from "vitest";

import { IdentityLineFormatter } from "../../../../tracer-service/output/identityLine.ts";

const pod = {
  ...{ namespace: "coder", pod: "jessie-main", podUid: "u", serviceAccount: "default" },
  ...{ container: undefined, image: undefined },
};
const labels = { username: "jessie" };

describe("IdentityLineFormatter", () => {
  it.each([
    ["another identity", { username: "eve\u202E" }],
    ["none", undefined],
  ])("writes that a workspace claims %s, in one line of visible characters", (_, claimed) => {
    const line = new IdentityLineFormatter({ node: "n1", bootId: "b" }).format(
      { pod, labels, claimed },
      1_646_080_178_038,
    );
    expect(line).toMatch(/^[ -~]*\n$/);
    expect(JSON.parse(line)).toEqual({
      ts: "2022-02-28T20:29:38.038000000Z",
      level: "WARN",
      msg: "identity",
      caller: expect.any(String) as string,
      func: expect.any(String) as string,
      fields: {
        labels,
        claimed: claimed ?? null,
        kubernetes: { namespace: "coder", pod: "jessie-main", pod_uid: "u", service_account: "default" },
        node: "n1",
        boot_id: "b",
      },
    });
  });

  it("says of how many it is the latest, where others have no line", () => {
    const formatter = new IdentityLineFormatter({ node: "n1", bootId: "b" });
    const line = formatter.format({ pod, labels, claimed: undefined }, 0, 7);
    expect(JSON.parse(line)).toMatchObject({ fields: { claimed: null, withheld: 7 } });
  });
});
