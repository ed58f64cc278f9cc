import type { ModelCounts } from "../worker/workerMessages.ts";
import { countsParts } from "./countsText.ts";
import { element } from "./element.ts";
import { throttle } from "./throttle.ts";

const PERIOD_MS = 5_000;

/** Tells assistive technology politely what has changed, at most every five seconds. */
export class Announcer {
  readonly element = element("div", "visually-hidden", {
    attributes: { role: "status", "aria-live": "polite" },
  });
  readonly #say = throttle(PERIOD_MS, (text: string) => {
    if (this.element.textContent !== text) this.element.textContent = text;
  });

  tell(counts: ModelCounts): void {
    this.#say(
      countsParts(counts)
        .map(({ text }) => text)
        .join(", "),
    );
  }
}
