import { setTimeout } from "node:timers/promises";

const LOOKS = 600;
const LOOK_MS = 200;

/** Resolves when `condition` holds; after 600 looks it throws with what it waited for and `state`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  state: () => string | Promise<string> = () => "",
): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (await condition()) return;
    await setTimeout(LOOK_MS);
  }
  throw new Error(`waited in vain until ${what} ${await state()}`.trimEnd());
}
