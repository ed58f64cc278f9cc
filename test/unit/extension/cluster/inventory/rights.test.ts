import { describe, expect, it } from "vitest";
import {
  findMissingRights,
  grantCommand,
  neededRights,
  readerRight,
} from "../../../../../extension/cluster/inventory/rights.ts";
import { asObject } from "../../../../../extension/cluster/api/json.ts";
import { FakeApiServer } from "../fakeApiServer.ts";

const ROUTE = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

describe("neededRights", () => {
  it("asks for namespaces one by one where they are set", () => {
    const pods = neededRights(["a", "b"]).filter(({ resource }) => resource === "pods");
    expect(pods.map(({ namespace }) => namespace)).toEqual(["a", "b", "process-logging"]);
    const tracersToo = neededRights(["process-logging"]).filter(({ resource }) => resource === "pods");
    expect(tracersToo).toHaveLength(1);
    expect(neededRights([]).filter(({ resource }) => resource === "pods")).toHaveLength(1);
  });
});

describe("findMissingRights", () => {
  it("names those that any of their verbs lacks", async () => {
    const api = new FakeApiServer();
    api.answer(ROUTE, ({ body }) => {
      const { verb, resource, subresource } = asObject(
        asObject(asObject(body)["spec"])["resourceAttributes"],
      );
      const denied = (resource === "nodes" && verb === "watch") || subresource === "log";
      return { status: { allowed: !denied } };
    });
    const missing = await findMissingRights(api, neededRights([]), "amy@example.com");
    expect(missing.map(({ purpose }) => purpose)).toEqual(["nodes", "logs"]);
  });
});

describe("readerRight", () => {
  it("is granted by the binding that Enable makes", () => {
    expect(readerRight("team a").command).toBe(
      "kubectl create rolebinding process-logging-reader --namespace 'team a' --clusterrole=process-logging-reader --serviceaccount=process-logging:process-logging-viewer",
    );
  });
});

describe("grantCommand", () => {
  it.each([
    [
      "a right in the whole cluster",
      {
        purpose: "nodes",
        verbs: ["list", "watch"],
        resource: "nodes",
        name: undefined,
        namespace: undefined,
      },
      "kubectl create clusterrole 'process-logging-nodes:amy; id' --verb=list,watch --resource=nodes && kubectl create clusterrolebinding 'process-logging-nodes:amy; id' '--clusterrole=process-logging-nodes:amy; id' '--user=amy; id'",
    ],
    [
      "a right on one object",
      {
        purpose: "tokens",
        verbs: ["create"],
        resource: "serviceaccounts/token",
        name: "process-logging-viewer",
        namespace: "process-logging",
      },
      "kubectl create role 'process-logging-serviceaccounts-token:amy; id' --namespace process-logging --verb=create --resource=serviceaccounts/token --resource-name=process-logging-viewer && kubectl create rolebinding 'process-logging-serviceaccounts-token:amy; id' --namespace process-logging '--role=process-logging-serviceaccounts-token:amy; id' '--user=amy; id'",
    ],
  ] as const)("grants %s", (_, right, command) => {
    expect(grantCommand(right, "amy; id")).toBe(command);
  });

  it("makes a name that roles can have of a user's that they can't", () => {
    const [right] = neededRights([]);
    const command = right && grantCommand(right, "https://login.example/%7Eamy");
    expect(command).toContain("process-logging-pods:https:--login.example--7Eamy ");
    expect(command).toContain("--user=https://login.example/%7Eamy");
  });
});
