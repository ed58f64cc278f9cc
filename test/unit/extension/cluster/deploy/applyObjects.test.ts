import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../../../../../extension/cluster/api/apiError.ts";
import {
  applyObjects,
  findApplied,
  removeObject,
} from "../../../../../extension/cluster/deploy/applyObjects.ts";
import { collectionPath, DEPLOYED_KINDS } from "../../../../../extension/cluster/api/kubeObject.ts";
import { FakeApiServer } from "../fakeApiServer.ts";

const NAMESPACE = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } };
const LABEL = { "processlogging.dev/applied-by": "editor" };

describe("applying and removing", () => {
  let api: FakeApiServer;

  beforeEach(() => {
    api = new FakeApiServer();
    api.answer("PATCH /api/v1/namespaces/a", () => ({}));
  });

  function sent(): unknown {
    return api.requests.find(({ method }) => method === "PATCH");
  }

  it("marks what was not there, and what it had made", async () => {
    await applyObjects(api, [NAMESPACE], () => undefined);
    expect(sent()).toMatchObject({
      query: { fieldManager: "process-logging-editor" },
      contentType: "application/apply-patch+yaml",
      body: { metadata: { labels: LABEL } },
    });
    api.requests.length = 0;
    api.answer("GET /api/v1/namespaces/a", () => ({ metadata: { labels: LABEL } }));
    await applyObjects(api, [NAMESPACE], () => undefined);
    expect(sent()).toMatchObject({ body: { metadata: { labels: LABEL } } });
  });

  it("does not make somebody else's object its own", async () => {
    api.answer("GET /api/v1/namespaces/a", () => ({ metadata: { labels: {} } }));
    await applyObjects(api, [NAMESPACE], () => undefined);
    expect(sent()).toMatchObject({ body: NAMESPACE });
  });

  it("says which object it could not apply", async () => {
    api.answer("PATCH /api/v1/namespaces/a", () => {
      throw new ApiError(() => "the API server says: no", 409);
    });
    await expect(applyObjects(api, [NAMESPACE], () => undefined)).rejects.toThrow(
      "could not apply Namespace a: the API server says: no",
    );
  });

  it("finds what it has made, and says what it may not see", async () => {
    for (const kind of DEPLOYED_KINDS) {
      api.answer(`GET ${collectionPath(kind)}`, ({ query }) => {
        if (kind.kind === "Role") throw new ApiError(() => "no", 403);
        expect(query).toEqual({ labelSelector: "processlogging.dev/applied-by=editor" });
        return { items: kind.kind === "Namespace" ? [{ metadata: { name: "a" } }] : [] };
      });
    }
    expect(await findApplied(api)).toEqual({ objects: [NAMESPACE], unseen: ["Role"] });
  });

  it("is content when an object is gone already", async () => {
    await removeObject(api, NAMESPACE);
    api.answer("DELETE /api/v1/namespaces/a", () => {
      throw new ApiError(() => "no", 403);
    });
    await expect(removeObject(api, NAMESPACE)).rejects.toThrow("could not remove Namespace a: no");
  });
});
