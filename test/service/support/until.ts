import { setTimeout } from "node:timers/promises";

const LOOKS = 1500;
const LOOK_MS = 10;

/** Resolves when `condition` holds; after 1,500 looks it throws with what it waited for and `state`. */
export async function until(
  what: string,
  condition: () => boolean,
  state: () => string = () => "",
): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (condition()) return;
    await setTimeout(LOOK_MS);
  }
  throw new Error(`waited in vain until ${what} ${state()}`.trimEnd());
}
