import { spawn } from "node:child_process";
import { ROOT } from "./prepare.mjs";
import { say } from "./say.mjs";

/** For what needs the processors, and leaves them to who waits for something else. */
const LOW_PRIORITY = ["nice", "-n", "10"];

/** Runs npm scripts whose output is shown as it comes. */
export class TestLane {
  /**
   * @param {string} script
   * @param {readonly string[]} args
   * @returns {Promise<boolean>} Whether it succeeded.
   */
  async run(script, args = []) {
    this.write(`\n== ${script} ==\n`);
    return await succeeded(
      spawn("npm", ["run", "--silent", script, "--", ...args], { cwd: ROOT, stdio: "inherit" }),
    );
  }

  /** @param {string} text */
  write(text) {
    process.stdout.write(text);
  }
}

/** Runs npm scripts beside others, with a low priority; their output is held back until the others are done. */
export class HeldLane extends TestLane {
  /** @type {string[] | undefined} */
  #held = [];

  /**
   * @override
   * @param {string} script
   * @param {readonly string[]} args
   */
  async run(script, args = []) {
    this.write(`\n== ${script} ==\n`);
    const [command = "", ...rest] = [...LOW_PRIORITY, "npm", "run", "--silent", script, "--", ...args];
    const child = spawn(command, rest, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => this.write(text));
    return await succeeded(child);
  }

  /**
   * @override
   * @param {string} text
   */
  write(text) {
    if (this.#held === undefined) super.write(text);
    else this.#held.push(text);
  }

  /** Shows what was held back, and all else as it comes. */
  release() {
    super.write(this.#held?.join("") ?? "");
    this.#held = undefined;
  }
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<boolean>}
 */
function succeeded(child) {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      say(error.message);
      resolve(false);
    });
    child.on("close", (code) => {
      resolve(code === 0);
    });
  });
}
