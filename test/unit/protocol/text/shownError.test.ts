import { afterEach, describe, expect, it } from "vitest";
import { ShownError, whyText } from "../../../../protocol/text/shownError.ts";
import { english, setTexts, type Translate } from "../../../../protocol/text/translate.ts";

afterEach(() => {
  setTexts({});
});

describe("ShownError", () => {
  it("has its message in English, and is shown in the reader's language", () => {
    setTexts({ "no tracer runs on node {0}": "auf {0} läuft kein Tracer" });
    const error = new ShownError((t) => t("no tracer runs on node {0}", "a"));
    expect(error.message).toBe("no tracer runs on node a");
    expect(whyText(error)).toBe("auf a läuft kein Tracer");
    expect(whyText(error, english)).toBe(error.message);
  });

  it("is in one language with what it was made of", () => {
    setTexts({
      "it is no file": "es ist keine Datei",
      "could not take the token from {0}: {1}": "{0}? {1}!",
    });
    const cause = new ShownError((t) => t("it is no file"));
    const error = new ShownError(
      (t) => t("could not take the token from {0}: {1}", "/a", whyText(cause, t)),
      cause,
    );
    expect(error.message).toBe("could not take the token from /a: it is no file");
    expect(whyText(error)).toBe("/a? es ist keine Datei!");
    expect(error.cause).toBe(cause);
  });
});

describe("whyText", () => {
  it("knows an error of another bundle, whose class is another one", () => {
    const foreign = Object.assign(new Error("it is no file"), { say: (t: Translate) => t("it is no file") });
    setTexts({ "it is no file": "es ist keine Datei" });
    expect(whyText(foreign)).toBe("es ist keine Datei");
  });

  it.each<[string, unknown, string]>([
    ["an error of the system", new Error("EMFILE: too many open files"), "EMFILE: too many open files"],
    ["what is no error", "stopped", "stopped"],
  ])("leaves %s as it is", (_name, error, text) => {
    setTexts({ [text]: "?" });
    expect(whyText(error)).toBe(text);
  });
});
