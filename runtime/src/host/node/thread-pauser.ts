// Holds up threads wherever they are, in the middle of a loop as well: Node has no call for that, but its debugger does it. Nothing is said
// to a thread before it is to be held up for the first time, and what it runs is not slower afterwards.
// https://chromedevtools.github.io/devtools-protocol/v8/Debugger/, and `NodeWorker` of node:inspector

import { Session } from 'node:inspector';

interface Attached {
  /** Its title is `[worker 3] name`; what is called its id is not the thread's. */
  readonly workerInfo: { readonly title: string };
  readonly sessionId: string;
}

class Pauser {
  readonly #session = new Session();
  /** Names of the debugger's sessions, by the ids of threads. */
  readonly #sessions = new Map<string, string>();
  /** Those that are to stand still, by the names of their sessions, and who waits for that. */
  readonly #pauses = new Map<string, { stands: boolean; readonly resolve: () => void }>();
  /** All threads that there were are known. */
  readonly #attached: Promise<void>;
  #lastId = 0;

  constructor() {
    this.#session.connect();
    this.#session.on('NodeWorker.attachedToWorker', ({ params }: { params: Attached }) => {
      const thread = /^\[worker (\d+)\]/.exec(params.workerInfo.title)?.[1];
      if (thread !== undefined) this.#sessions.set(thread, params.sessionId);
    });
    this.#session.on('NodeWorker.detachedFromWorker', ({ params }: { params: { sessionId: string } }) =>
      this.#forget(params.sessionId),
    );
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      // It tells of every script that it knows as well.
      if (params.message.startsWith('{"method":"Debugger.paused"')) this.#stands(params.sessionId);
    });
    this.#attached = new Promise((resolve) => {
      this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => resolve());
    });
  }

  /** Resolves with true when it stands still: never, while it sleeps. False: it is not there, or not yet known. */
  async pause(thread: number): Promise<boolean> {
    await this.#attached;
    const session = this.#sessions.get(String(thread));
    if (session === undefined) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#pauses.set(session, { stands: false, resolve: () => resolve(true) });
    this.#tell(session, 'Debugger.enable');
    this.#tell(session, 'Debugger.pause');
    return await promise;
  }

  /** It goes on, or is not held up any more before it has come so far. */
  resume(thread: number): void {
    const session = this.#sessions.get(String(thread));
    const pause = session === undefined ? undefined : this.#pauses.get(session);
    if (session === undefined || pause === undefined) return;
    this.#pauses.delete(session);
    // The debugger stays, as long as it can: it takes long to come.
    this.#tell(session, pause.stands ? 'Debugger.resume' : 'Debugger.disable');
  }

  #stands(session: string): void {
    const pause = this.#pauses.get(session);
    if (pause === undefined) {
      // Nobody wants it any more.
      this.#tell(session, 'Debugger.resume');
      return;
    }
    pause.stands = true;
    pause.resolve();
  }

  #forget(session: string): void {
    this.#pauses.delete(session);
    for (const [thread, each] of this.#sessions) if (each === session) this.#sessions.delete(thread);
  }

  #tell(sessionId: string, method: string): void {
    this.#lastId += 1;
    const message = JSON.stringify({ id: this.#lastId, method });
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  }
}

let pauser: Pauser | undefined;

/** The only one of this process, made when it is asked for. */
export function threadPauser(): Pauser {
  pauser ??= new Pauser();
  return pauser;
}
