import { afterEach, describe, expect, it } from "vitest";
import { setTexts, t } from "../../../../protocol/text/translate.ts";

afterEach(() => {
  setTexts({});
});

describe("t", () => {
  it("keeps a text that no translation knows", () => {
    expect(t("{0} lost", 2)).toBe("2 lost");
  });

  it("puts values where the translation wants them, as often as it does", () => {
    setTexts({ "{0} of {1}": "von {1} {0} ({0})" });
    expect(t("{0} of {1}", "a", "b")).toBe("von b a (a)");
  });

  it("leaves a value as it is, whatever it looks like", () => {
    expect(t("{0} on {1}", "{1} $& $1", "b")).toBe("{1} $& $1 on b");
  });

  it("leaves a place without a value", () => {
    setTexts({ "{0} lost": "{0} verloren {7}" });
    expect(t("{0} lost", "x")).toBe("x verloren {7}");
  });

  it("knows no texts that a bundle does not hold itself", () => {
    expect(t("constructor")).toBe("constructor");
  });
});
