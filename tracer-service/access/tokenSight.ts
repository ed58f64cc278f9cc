import type { Sight } from "../stream/sight.ts";
import type { AccessControl } from "./accessControl.ts";
import type { Permission } from "./accessReview.ts";
import type { TokenUser } from "./tokenReview.ts";

/** What the user of a token may see: asked once for each namespace, and again when it is checked. */
export class TokenSight implements Sight {
  readonly #access: Pick<AccessControl, "allows">;
  readonly #user: TokenUser;
  readonly #permission: Permission;
  #decided = new Map<string, boolean>();
  #all = false;

  private constructor(access: Pick<AccessControl, "allows">, user: TokenUser, permission: Permission) {
    this.#access = access;
    this.#user = user;
    this.#permission = permission;
  }

  /** Rejects with one line where permissions can't be known. */
  static async open(
    access: Pick<AccessControl, "allows">,
    user: TokenUser,
    permission: Permission,
  ): Promise<TokenSight> {
    const sight = new TokenSight(access, user, permission);
    sight.#all = await sight.#ask(undefined);
    return sight;
  }

  get all(): boolean {
    return this.#all;
  }

  /** Those that were asked for and may be seen; not kept while all may be. */
  get namespaces(): readonly string[] {
    return [...this.#decided].flatMap(([namespace, seen]) => (seen ? namespace : []));
  }

  sees(namespace: string | undefined): boolean | undefined {
    if (this.#all || namespace === undefined) return this.#all;
    return this.#decided.get(namespace);
  }

  async decide(namespace: string | undefined): Promise<boolean> {
    if (this.#all || namespace === undefined) return this.#all;
    const seen = await this.#ask(namespace);
    this.#decided.set(namespace, seen);
    return seen;
  }

  /** Asks for everything anew. Whether anything is seen otherwise than before; rejects where that can't be known. */
  async check(): Promise<boolean> {
    const before = this.#decided;
    const all = await this.#ask(undefined);
    const changedAll = all !== this.#all;
    const decided = new Map<string, boolean>();
    if (!all) {
      const answers = [...before.keys()].map(
        async (namespace) => [namespace, await this.#ask(namespace)] as const,
      );
      for (const [namespace, seen] of await Promise.all(answers)) decided.set(namespace, seen);
    }
    // What was decided meanwhile stays.
    for (const [namespace, seen] of this.#decided) {
      if (!decided.has(namespace) && !all) decided.set(namespace, seen);
    }
    const changed = [...decided].some(([namespace, seen]) => before.get(namespace) !== seen);
    this.#all = all;
    this.#decided = decided;
    return changedAll || (!all && changed);
  }

  #ask(namespace: string | undefined): Promise<boolean> {
    return this.#access.allows(this.#user, {
      ...({ type: "processes", permission: this.#permission } as const),
      namespace,
    });
  }
}
