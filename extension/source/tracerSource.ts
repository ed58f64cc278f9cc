import type {
  HeadMessage,
  HelloMessage,
  HistoryHead,
  NodeState,
  StreamFilter,
  WorkspaceState,
} from "../../protocol/stream.ts";
import type { SourceState } from "../../protocol/webviewMessages.ts";
import type { Clock } from "../clock.ts";
import { Emitter } from "../emitter.ts";
import type { ConnectionError } from "./connectionError.ts";
import type { EventSink, EventSource, EventSubscription, WorkspacesChange } from "./eventSource.ts";
import { Reconnector } from "./reconnector.ts";
import type { ReadHistory } from "../history/readHistory.ts";
import type { StreamConnection } from "./streamConnection.ts";
import type { OpenStreamSocket } from "./streamSocket.ts";
import { StreamSubscription } from "./streamSubscription.ts";
import { TracerLink } from "./tracerLink.ts";
import { applyWorkspaces } from "./workspaceStates.ts";

/** A connection is not replaced sooner, however soon its token is said to end. */
const LEAST_RENEWAL_MS = 10_000;

/** What a source needs of the outside. */
export interface TracerSourceOptions {
  readonly id: string;
  /** The machine that is asked, until its tracer says its own name. */
  readonly name: string;
  /** As that of an `EventSource`. */
  readonly place?: string;
  readonly open: OpenStreamSocket;
  readonly readHistory?: ReadHistory;
  readonly clock: Clock;
  /** For the extension's log: one line, without text of processes. */
  readonly log: (message: string) => void;
}

interface HeadCheck {
  readonly head: HistoryHead;
  readonly resolve: (answer: HeadMessage["answer"] | undefined) => void;
}

/**
 * A tracer service. It connects at once, keeps the connection up, and continues where it stopped. Before the token of a
 * connection ends, another one takes its place.
 */
export class TracerSource implements EventSource {
  readonly id: string;
  readonly kind = "tracer";
  readonly place: string | undefined;
  readonly readHistory: ReadHistory | undefined;
  readonly #options: TracerSourceOptions;
  readonly #stateEmitter = new Emitter<void>();
  readonly #nodeEmitter = new Emitter<void>();
  readonly #workspacesEmitter = new Emitter<WorkspacesChange>();
  readonly #workspaces = new Map<string, WorkspaceState>();
  readonly #reconnector: Reconnector;
  /** The current try, and what came of it. */
  #link: TracerLink | undefined;
  /** Takes its place once the service has said hello to it. */
  #successor: TracerLink | undefined;
  /** Of the link to which the service has said hello. */
  #connection: StreamConnection | undefined;
  #subscription: StreamSubscription | undefined;
  #node: NodeState | undefined;
  /** Answers come in the order of the questions. */
  #headChecks: HeadCheck[] = [];
  #cancelRenewal: (() => void) | undefined;
  #loggedWhy: string | undefined;
  #disposed = false;

  constructor(options: TracerSourceOptions) {
    this.#options = options;
    this.id = options.id;
    this.place = options.place;
    this.readHistory = options.readHistory;
    this.#reconnector = new Reconnector({
      clock: options.clock,
      connect: () => {
        this.#connect();
      },
      onState: () => {
        this.#stateEmitter.fire();
      },
    });
    this.#reconnector.start();
  }

  get name(): string {
    return this.#node?.node ?? this.#options.name;
  }

  get state(): SourceState {
    return this.#reconnector.state;
  }

  get node(): NodeState | undefined {
    return this.#node;
  }

  get workspaces(): ReadonlyMap<string, WorkspaceState> {
    return this.#workspaces;
  }

  readonly onDidChangeState = this.#stateEmitter.event;
  readonly onDidChangeNode = this.#nodeEmitter.event;
  readonly onDidChangeWorkspaces = this.#workspacesEmitter.event;

  subscribe(filter: StreamFilter, sink: EventSink): EventSubscription {
    this.#subscription?.dispose();
    const subscription = new StreamSubscription(filter, sink, () => {
      if (this.#subscription === subscription) this.#subscription = undefined;
    });
    this.#subscription = subscription;
    if (this.#connection !== undefined) subscription.attach(this.#connection);
    return subscription;
  }

  checkHead(head: HistoryHead): Promise<HeadMessage["answer"] | undefined> {
    const connection = this.#connection;
    if (connection === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#headChecks.push({ head, resolve });
      connection.send({ type: "checkHead", head });
    });
  }

  /** Tries at once, where there is no connection: for the user, or when there is a reason to hope. */
  retry(): void {
    this.#reconnector.retry();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#reconnector.dispose();
    this.#subscription?.dispose();
    this.#endTry();
    this.#stateEmitter.dispose();
    this.#nodeEmitter.dispose();
    this.#workspacesEmitter.dispose();
  }

  #connect(): void {
    this.#link = this.#openLink();
  }

  #openLink(): TracerLink {
    const { open, clock, log } = this.#options;
    const link: TracerLink = new TracerLink(open, clock, {
      hello: (message) => {
        this.#greeted(link, message);
      },
      node: ({ node }) => {
        this.#setNode(node);
      },
      workspaces: (message) => {
        this.#workspacesEmitter.fire(applyWorkspaces(this.#workspaces, message));
      },
      head: ({ answer }) => {
        this.#headChecks.shift()?.resolve(answer);
      },
      omitted: (count) => {
        log(`${this.name} has ${String(count)} more processes alive than it tells`);
      },
      frame: (frame) => {
        this.#subscription?.receive(frame);
      },
      failed: (error) => {
        if (link === this.#successor) this.#notRenewed(error);
        else this.#fail(error);
      },
    });
    return link;
  }

  #greeted(link: TracerLink, hello: HelloMessage): void {
    const { connection } = link;
    if (connection === undefined) return;
    if (link === this.#successor) {
      this.#link?.close();
      this.#link = link;
      this.#successor = undefined;
    } else this.#options.log(`connected to ${hello.node.node}, tracer service ${hello.node.serviceVersion}`);
    this.#connection = connection;
    this.#loggedWhy = undefined;
    // First the node: who hears of the connection asks whose it is.
    this.#setNode(hello.node);
    this.#reconnector.connected();
    for (const { head } of this.#headChecks) connection.send({ type: "checkHead", head });
    this.#subscription?.attach(connection);
    this.#renewLater(link.renewMs);
  }

  #renewLater(renewMs: number | undefined): void {
    if (renewMs === undefined || this.#disposed) return;
    const { clock } = this.#options;
    this.#cancelRenewal = clock.after(Math.max(LEAST_RENEWAL_MS, renewMs - clock.nowMs()), () => {
      this.#successor = this.#openLink();
    });
  }

  /** The connection is read on until the service ends it; then it is tried again as after any loss. */
  #notRenewed(error: ConnectionError): void {
    this.#successor = undefined;
    this.#options.log(
      `no new connection to ${this.name} before the token of this one ends: ${error.message}`,
    );
  }

  #setNode(node: NodeState): void {
    const renamed = this.name !== node.node;
    this.#node = node;
    this.#nodeEmitter.fire();
    if (renamed) this.#stateEmitter.fire();
  }

  #fail(error: ConnectionError): void {
    this.#endTry();
    // A service that stays away is one line, not one for each try.
    if (this.#loggedWhy !== error.message) {
      this.#loggedWhy = error.message;
      this.#options.log(`no connection to ${this.name}: ${error.message}`);
    }
    this.#reconnector.failed(error, error.final);
  }

  #endTry(): void {
    this.#cancelRenewal?.();
    this.#cancelRenewal = undefined;
    this.#subscription?.detach();
    for (const { resolve } of this.#headChecks.splice(0)) resolve(undefined);
    this.#connection = undefined;
    this.#link?.close();
    this.#successor?.close();
    this.#link = this.#successor = undefined;
  }
}
