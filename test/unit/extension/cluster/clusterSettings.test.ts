import { describe, expect, it } from "vitest";
import { readClusterSettings } from "../../../../extension/cluster/clusterSettings.ts";

function read(values: Readonly<Record<string, unknown>>): ReturnType<typeof readClusterSettings> {
  return readClusterSettings({ inspect: (key) => ({ globalValue: values[key] }) });
}

describe("readClusterSettings", () => {
  it("has nothing by default, above all no image", () => {
    expect(read({})).toEqual({
      kubeconfig: undefined,
      context: undefined,
      namespaces: [],
      image: undefined,
      problems: [],
    });
  });

  it("takes what is usable", () => {
    const image = "registry.example.com:5000/tracer@sha256:0f";
    expect(
      read({ kubeconfig: "/home/a/config", context: "prod", namespaces: ["a", "b", "a"], image }),
    ).toMatchObject({
      kubeconfig: "/home/a/config",
      context: "prod",
      namespaces: ["a", "b"],
      image,
      problems: [],
    });
  });

  it.each([
    ["kubeconfig", "config", "write the whole path"],
    ["context", 7, "no text"],
    ["namespaces", ["ok", "Not Ok"], "no list of names"],
    ["namespaces", "a", "no list of names"],
    ["image", "a b", "no name of an image"],
  ])("leaves out %s %j and says so", (key, value, why) => {
    const { problems } = read({ [key]: value });
    expect(problems).toEqual([expect.stringContaining(`processLogging.${key} is left out`)]);
    expect(problems[0]).toContain(why);
  });
});
