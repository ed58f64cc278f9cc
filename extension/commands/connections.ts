import { AutoConnect, lookForSocket } from "../source/autoConnect.ts";
import { parseToken, tokenKey } from "../source/bearerToken.ts";
import { type ConnectionSettings, readConnectionSettings } from "../source/connectionSettings.ts";
import type { InspectedSettings } from "../source/connectionSettings.ts";
import { type ConnectionTarget, targetId } from "../source/connectionTarget.ts";
import { openTracer, type OpenTracerOptions } from "../source/openTracer.ts";
import type { SourceRegistry } from "../source/sourceRegistry.ts";
import type { TracerSource } from "../source/tracerSource.ts";

/** What connecting needs of the outside. */
export interface ConnectionsOptions extends Omit<OpenTracerOptions, "tokenFile"> {
  readonly sources: SourceRegistry;
  /** The settings below `processLogging`, as they are now. */
  readonly settings: () => InspectedSettings;
}

/** Connects to tracers: by itself as the settings say, and when the user asks. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #tracers = new Map<string, TracerSource>();
  #settings: ConnectionSettings;
  #auto: AutoConnect | undefined;

  /** `start` has to follow. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#settings = readConnectionSettings(options.settings());
  }

  /** What the settings say of connections. */
  get settings(): ConnectionSettings {
    return this.#settings;
  }

  /** Reads the settings anew and connects to what they name, if they want that to happen by itself. */
  start(): void {
    this.#settings = readConnectionSettings(this.#options.settings());
    for (const problem of this.#settings.problems) this.#options.log(problem);
    this.#auto?.dispose();
    this.#auto = undefined;
    if (!this.#settings.autoConnect) return;
    const { socket, url } = this.#settings;
    this.#auto = new AutoConnect({
      sources: this.#options.sources,
      id: targetId(socket),
      look: () => lookForSocket(socket.socketPath),
      open: () => this.#open(socket),
      clock: this.#options.clock,
    });
    if (url !== undefined && !this.#isPresent(url)) this.connect(url);
  }

  /** Connects to a tracer, or tries again at once when it is among the sources already. */
  connect(target: ConnectionTarget): void {
    const known = this.#tracers.get(targetId(target));
    if (known !== undefined && this.#options.sources.all.includes(known)) known.retry();
    else this.#options.sources.add(this.#open(target));
  }

  /** Tries again at once; whether there is such a source. */
  retry(id: string): boolean {
    const tracer = this.#tracers.get(id);
    tracer?.retry();
    return tracer !== undefined;
  }

  /** Keeps a token for a URL in the editor's secret storage. Rejects when the text is none. */
  async storeToken(url: string, text: string): Promise<void> {
    await this.#options.secrets.store(tokenKey(url), parseToken(text));
  }

  dispose(): void {
    this.#auto?.dispose();
  }

  #isPresent(target: ConnectionTarget): boolean {
    return this.#options.sources.all.some(({ id }) => id === targetId(target));
  }

  #open(target: ConnectionTarget): TracerSource {
    const source = openTracer(target, {
      ...this.#options,
      // The file is for the URL of the settings; no other address gets what is in it.
      tokenFile: () =>
        target.type === "url" && target.url === this.#settings.url?.url
          ? this.#settings.tokenFile
          : undefined,
    });
    this.#tracers.set(source.id, source);
    return source;
  }
}
