import { describe, expect, it } from "vitest";
import { Emitter } from "../../../extension/emitter.ts";

describe("Emitter", () => {
  it("calls listeners in order until they are disposed of", () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    const first = emitter.event((value) => heard.push(`first ${String(value)}`));
    emitter.event((value) => heard.push(`second ${String(value)}`));
    emitter.fire(1);
    first.dispose();
    emitter.fire(2);
    expect(heard).toEqual(["first 1", "second 1", "second 2"]);
  });

  it("gives `this` and collects its disposable as the editor's events do", () => {
    const emitter = new Emitter<number>();
    const self = { sum: 0 };
    const disposables: { dispose(): unknown }[] = [];
    emitter.event(
      function (this: typeof self, value: number) {
        this.sum += value;
      },
      self,
      disposables,
    );
    emitter.fire(2);
    for (const each of disposables) each.dispose();
    emitter.fire(3);
    expect(self.sum).toBe(2);
  });

  it("reports a listener that throws, and still calls the others", () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<number>((error) => errors.push(error));
    const heard: number[] = [];
    const failure = new Error("broken listener");
    emitter.event(() => {
      throw failure;
    });
    emitter.event((value) => heard.push(value));
    emitter.fire(1);
    expect({ errors, heard }).toEqual({ errors: [failure], heard: [1] });
  });

  it("calls nobody after its end", () => {
    const emitter = new Emitter<number>();
    const heard: number[] = [];
    emitter.event((value) => heard.push(value));
    emitter.dispose();
    emitter.fire(1);
    expect(heard).toEqual([]);
  });
});
