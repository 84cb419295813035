// A small LSP client over stdio for tests and benchmarks: a real process at the other end, real frames between.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type {
  ClientCapabilities,
  Diagnostic,
  InitializeResult,
  PublishDiagnosticsParams,
  TextDocumentContentChangeEvent,
} from 'vscode-languageserver';

const root = join(import.meta.dirname, '../..');

/** Our server as editors start it. */
export const ourServer: readonly string[] = [join(root, 'node_modules/.bin/coracle-language-server'), '--stdio'];

/** What a capable editor says of itself. */
export const editor: ClientCapabilities = {
  workspace: { configuration: true, workspaceEdit: { documentChanges: true }, workspaceFolders: true },
  textDocument: {
    publishDiagnostics: {
      versionSupport: true,
      relatedInformation: true,
      codeDescriptionSupport: true,
      dataSupport: true,
    },
    completion: {
      completionItem: { snippetSupport: true, documentationFormat: ['markdown'], labelDetailsSupport: true },
    },
    hover: { contentFormat: ['markdown', 'plaintext'] },
    definition: { linkSupport: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix', 'refactor', 'source.fixAll'] } },
    },
    semanticTokens: {
      requests: { full: { delta: true }, range: true },
      tokenTypes: [],
      tokenModifiers: [],
      formats: ['relative'],
    },
    rename: { prepareSupport: true },
    foldingRange: {},
    inlayHint: {},
  },
};

export interface Options {
  readonly command?: readonly string[];
  readonly capabilities?: ClientCapabilities;
  readonly folder?: string;
  readonly initializationOptions?: unknown;
  /** The language of the editor, such as `zh-cn`. */
  readonly locale?: string;
  /** Answer to `workspace/configuration`. */
  readonly settings?: unknown;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

export class RequestError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export class LanguageClient {
  readonly process: ChildProcess;
  readonly settings: unknown;
  /** Notifications and requests of the server, in order. */
  readonly heard: { readonly method: string; readonly params: unknown }[] = [];
  stderr = '';
  #input: Buffer = Buffer.alloc(0);
  #lastId = 0;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Set<() => void>();

  constructor(command: readonly string[] = ourServer, settings: unknown = null) {
    const [program = '', ...args] = command;
    this.settings = settings;
    this.process = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.process.stdout?.on('data', (chunk: Buffer) => this.#read(chunk));
    this.process.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.process.on('exit', (code) => {
      for (const { reject } of this.#pending.values())
        reject(new Error(`the server ended with ${code}: ${this.stderr}`));
    });
  }

  async initialize({
    capabilities = editor,
    folder,
    initializationOptions,
    locale,
  }: Options = {}): Promise<InitializeResult> {
    const uri = folder === undefined ? null : `file://${folder}`;
    const result = await this.request<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: uri === null ? null : [{ uri, name: 'test' }],
      capabilities,
      initializationOptions,
      ...(locale === undefined ? {} : { locale }),
    });
    this.notify('initialized', {});
    return result;
  }

  request<R>(method: string, params: unknown = {}): Promise<R> {
    const id = ++this.#lastId;
    return new Promise<R>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#send({ jsonrpc: '2.0', id, method, params });
    });
  }

  notify(method: string, params: unknown): void {
    this.#send({ jsonrpc: '2.0', method, params });
  }

  open(uri: string, text: string, languageId = 'dockerfile', version = 1): void {
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId, version, text } });
  }

  change(uri: string, version: number, contentChanges: readonly TextDocumentContentChangeEvent[]): void {
    this.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  }

  /** The problems of a version, as soon as they are pushed. */
  async problems(uri: string, version: number): Promise<Diagnostic[]> {
    const { diagnostics } = await this.heardOf<PublishDiagnosticsParams>(
      'textDocument/publishDiagnostics',
      (params) => params.uri === uri && (params.version ?? version) >= version,
    );
    return diagnostics;
  }

  /** Waits for a message of the server's, among those that came already as well: the last one that fits. */
  async heardOf<P>(method: string, fits: (params: P) => boolean, limitMs = 120_000): Promise<P> {
    const find = () => this.heard.findLast((each) => each.method === method && fits(each.params as P));
    const found = find() ?? (await this.#next(find, method, limitMs));
    return found.params as P;
  }

  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.process.once('exit', resolve));
    if (this.process.exitCode !== null) return this.process.exitCode;
    await this.request('shutdown', null);
    this.notify('exit', null);
    return await ended;
  }

  #next<T>(find: () => T | undefined, what: string, limitMs: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(look);
        reject(new Error(`no ${what} within ${limitMs} ms; ${this.stderr}`));
      }, limitMs);
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve(found);
      };
      this.#listeners.add(look);
    });
  }

  #send(message: object): void {
    const body = Buffer.from(JSON.stringify(message));
    this.process.stdin?.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
  }

  #read(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    for (;;) {
      const headEnd = this.#input.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#input.toString('latin1', 0, headEnd))?.[1]);
      const end = headEnd + 4 + length;
      if (this.#input.length < end) return;
      const message = JSON.parse(this.#input.toString('utf8', headEnd + 4, end)) as Message;
      this.#input = this.#input.subarray(end);
      this.#handle(message);
    }
  }

  #handle(message: Message): void {
    if (message.method !== undefined) this.heard.push({ method: message.method, params: message.params });
    if (message.method !== undefined && message.id !== undefined) {
      this.#send({ jsonrpc: '2.0', id: message.id, result: this.#answer(message) });
    } else if (message.id !== undefined) {
      const { error, result } = message;
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (error === undefined) pending?.resolve(result);
      else pending?.reject(new RequestError(error.code, error.message));
    }
    for (const listener of this.#listeners) listener();
  }

  #answer({ method, params }: Message): unknown {
    if (method !== 'workspace/configuration') return null;
    return (params as { items: readonly unknown[] }).items.map(() => this.settings);
  }
}

/** A server that has been greeted; it ends with the scope. */
export async function startClient(options: Options = {}): Promise<LanguageClient & AsyncDisposable> {
  const client = new LanguageClient(options.command ?? ourServer, options.settings ?? null);
  await client.initialize(options);
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      await client.stop();
    },
  });
}
