import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

const LOOK_MS = 500;

/**
 * Takes a name that no other process of this machine has while this one has it; the result lets go of it, as the end of
 * this process does, in whatever way it ends. Undefined: another has it. Names are sockets without files, so that
 * nothing can be left behind; where there are none, on systems other than Linux, every name is free.
 * @param {string} name
 * @returns {Promise<(() => void) | undefined>}
 */
export function claim(name) {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error) => {
      const taken = /** @type {NodeJS.ErrnoException} */ (error).code === "EADDRINUSE";
      resolve(taken ? undefined : () => undefined);
    });
    // Such a name may have 107 bytes, and nobody reads it.
    const hash = createHash("sha256").update(name).digest("hex");
    server.listen(`\0process-logging-${hash}`, () => {
      resolve(() => server.close());
    });
  });
}

/**
 * As `claim`, once the name is free; `waiting` is called when it is not free at once.
 * @param {string} name
 * @param {() => void} waiting
 * @returns {Promise<() => void>}
 */
export async function claimWhenFree(name, waiting) {
  let release = await claim(name);
  if (release === undefined) waiting();
  while (release === undefined) {
    await setTimeout(LOOK_MS);
    release = await claim(name);
  }
  return release;
}
