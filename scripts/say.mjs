/**
 * Tells the user what a script does, on stderr: stdout belongs to what the script was started for.
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`${line}\n`);
}
