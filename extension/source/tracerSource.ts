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
import { ConnectionError, toConnectionError } from "./connectionError.ts";
import type { EventSink, EventSource, EventSubscription, WorkspacesChange } from "./eventSource.ts";
import { Reconnector } from "./reconnector.ts";
import type { ReadHistory } from "../history/readHistory.ts";
import { StreamConnection } from "./streamConnection.ts";
import type { OpenStreamSocket, StreamSocket } from "./streamSocket.ts";
import { StreamSubscription } from "./streamSubscription.ts";
import { applyWorkspaces } from "./workspaceStates.ts";

/** A service that accepts a connection and then says nothing is given up after this time. */
const HELLO_TIMEOUT_MS = 10_000;

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

/** A tracer service. It connects at once, keeps the connection up, and continues where it stopped. */
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
  /** Names the current try: what an earlier one still says is not heard. */
  #try = 0;
  #socket: StreamSocket | undefined;
  /** Open, but not yet greeted. */
  #pending: StreamConnection | undefined;
  #connection: StreamConnection | undefined;
  #subscription: StreamSubscription | undefined;
  #node: NodeState | undefined;
  /** Answers come in the order of the questions. */
  #headChecks: ((answer: HeadMessage["answer"] | undefined) => void)[] = [];
  #cancelHelloTimer: (() => void) | undefined;
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
      this.#headChecks.push(resolve);
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
    const attempt = ++this.#try;
    const isCurrent = (): boolean => this.#try === attempt;
    this.#options
      .open({
        message: (text) => {
          if (isCurrent()) this.#receive(text);
        },
        closed: (error) => {
          if (isCurrent()) this.#fail(error);
        },
      })
      .then(
        (socket) => {
          if (isCurrent()) this.#opened(socket);
          else socket.close();
        },
        (error: unknown) => {
          if (isCurrent()) this.#fail(toConnectionError(error));
        },
      );
  }

  #opened(socket: StreamSocket): void {
    this.#socket = socket;
    const connection = new StreamConnection(socket, {
      hello: (message) => {
        this.#greeted(connection, message);
      },
      node: ({ node }) => {
        this.#setNode(node);
      },
      workspaces: (message) => {
        this.#workspacesEmitter.fire(applyWorkspaces(this.#workspaces, message));
      },
      head: ({ answer }) => {
        this.#headChecks.shift()?.(answer);
      },
      omitted: (count) => {
        this.#options.log(`${this.name} has ${String(count)} more processes alive than it tells`);
      },
      frame: (frame) => {
        this.#subscription?.receive(frame);
      },
    });
    this.#pending = connection;
    this.#cancelHelloTimer = this.#options.clock.after(HELLO_TIMEOUT_MS, () => {
      this.#fail(new ConnectionError("what answers says nothing: it may be no tracer service", false));
    });
  }

  #receive(text: Uint8Array): void {
    try {
      (this.#connection ?? this.#pending)?.receive(text);
    } catch (error) {
      this.#fail(toConnectionError(error));
    }
  }

  #greeted(connection: StreamConnection, hello: HelloMessage): void {
    this.#pending = undefined;
    this.#connection = connection;
    this.#loggedWhy = undefined;
    this.#options.log(`connected to ${hello.node.node}, tracer service ${hello.node.serviceVersion}`);
    this.#cancelHelloTimer?.();
    // First the node: who hears of the connection asks whose it is.
    this.#setNode(hello.node);
    this.#reconnector.connected();
    this.#subscription?.attach(connection);
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
    this.#reconnector.failed(error.message, error.final);
  }

  #endTry(): void {
    this.#try++;
    this.#cancelHelloTimer?.();
    this.#cancelHelloTimer = undefined;
    this.#subscription?.detach();
    for (const resolve of this.#headChecks.splice(0)) resolve(undefined);
    this.#connection = undefined;
    this.#pending = undefined;
    this.#socket?.close();
    this.#socket = undefined;
  }
}
