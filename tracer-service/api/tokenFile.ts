import { readTokenFile } from "./readTokenFile.ts";

/** The bearer token in a file, which may be replaced at any time: it is read for each request. */
export class TokenFile {
  readonly #path: string;
  readonly #ownUid: number;
  readonly #tell: (problem: string) => void;
  #told: string | undefined;

  /** `tell` hears once of each problem. Throws one line when the file can't be used now. */
  constructor(path: string, ownUid: number, tell: (problem: string) => void) {
    this.#path = path;
    this.#ownUid = ownUid;
    this.#tell = tell;
    readTokenFile(path, ownUid);
  }

  /** The token; undefined while the file can't be used. */
  read(): string | undefined {
    try {
      const token = readTokenFile(this.#path, this.#ownUid);
      this.#told = undefined;
      return token;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== this.#told) this.#tell(problem);
      this.#told = problem;
      return undefined;
    }
  }
}
