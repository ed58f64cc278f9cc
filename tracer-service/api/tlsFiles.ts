import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** A certificate and its key, PEM. */
export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate and its key in two files, which may be replaced at any time. */
export class TlsFiles {
  readonly #certFile: string;
  readonly #keyFile: string;
  readonly #tell: (problem: string) => void;
  #used: TlsPair;
  #told: string | undefined;

  /** `tell` hears once of each problem. Throws one line when the files can't be used now. */
  constructor(certFile: string, keyFile: string, tell: (problem: string) => void) {
    this.#certFile = certFile;
    this.#keyFile = keyFile;
    this.#tell = tell;
    this.#used = this.#read();
  }

  get used(): TlsPair {
    return this.#used;
  }

  /** The pair, if it is another one than before and can be used; otherwise the one before stays. */
  changed(): TlsPair | undefined {
    try {
      const pair = this.#read();
      this.#told = undefined;
      if (pair.cert.equals(this.#used.cert) && pair.key.equals(this.#used.key)) return undefined;
      return (this.#used = pair);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== this.#told) this.#tell(problem);
      this.#told = problem;
      return undefined;
    }
  }

  #read(): TlsPair {
    try {
      const pair = { cert: readFileSync(this.#certFile), key: readFileSync(this.#keyFile) };
      // While a pair is replaced, its halves may not belong together.
      createSecureContext(pair);
      return pair;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`could not use the certificate ${this.#certFile} with ${this.#keyFile}: ${why}`, {
        cause,
      });
    }
  }
}
