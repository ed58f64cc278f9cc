/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [devOptional]
 */

/** @typedef {{ packages?: Record<string, LockedPackage> }} Lockfile */

/**
 * True when node_modules holds every package that package-lock.json names, in that very version. Optional packages
 * may be absent: most are for other processors.
 * @param {string | undefined} lockText package-lock.json.
 * @param {string | undefined} installedText node_modules/.package-lock.json, which npm writes when all is in place.
 * @returns {boolean}
 */
export function isInstalled(lockText, installedText) {
  const locked = packagesOf(lockText);
  const installed = packagesOf(installedText);
  if (locked === undefined || installed === undefined) return false;
  return Object.entries(locked).every(([path, wanted]) => {
    if (path === "") return true;
    const present = installed[path];
    if (present === undefined) return wanted.optional === true || wanted.devOptional === true;
    return present.version === wanted.version && present.integrity === wanted.integrity;
  });
}

/**
 * @param {string | undefined} text
 * @returns {Record<string, LockedPackage> | undefined} Undefined when there is no file, or not a whole one.
 */
function packagesOf(text) {
  if (text === undefined) return undefined;
  try {
    const lockfile = /** @type {Lockfile} */ (JSON.parse(text));
    return lockfile.packages;
  } catch {
    return undefined; // cut off: npm was stopped while it wrote
  }
}
