import type { UserDirectory } from "../../../../tracer-service/identity/workspaceMatcher.ts";

/** A password database that answers at once. */
export function fixtureUsers(nameOf: (uid: number) => string | undefined): UserDirectory {
  return { nameOf, nameOfLogin: nameOf };
}
