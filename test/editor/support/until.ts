import { setTimeout } from "node:timers/promises";

const LOOKS = 400;
const LOOK_MS = 25;

/** Resolves when `condition` holds; after 400 looks it throws with what it waited for. */
export async function until(what: string, condition: () => boolean | PromiseLike<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (await condition()) return;
    await setTimeout(LOOK_MS);
  }
  throw new Error(`waited in vain until ${what}`);
}
