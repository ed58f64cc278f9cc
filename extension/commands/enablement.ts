/**
 * Whether a manifest's `enablement` holds: context keys, each maybe after `!`, joined by `&&`. What is not written like
 * that does not hold.
 */
export function isEnabled(enablement: string | undefined, isSet: (key: string) => boolean): boolean {
  if (enablement === undefined) return true;
  return enablement.split("&&").every((part) => {
    const [, not, key] = /^\s*(!?)([\w.]+)\s*$/.exec(part) ?? [];
    return key !== undefined && isSet(key) !== (not === "!");
  });
}
