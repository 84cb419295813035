// What one client's server remembers: its documents, its settings, whether it trusts the workspace, and which problems it was told.

import type { Connection, Diagnostic } from 'vscode-languageserver';
import { type Knowledge, noKnowledge } from '../knowledge/knowledge.ts';
import type { ClientAbilities, Context, WorkspaceFiles } from '../language/context.ts';
import type { Neighbours } from '../language/language.ts';
import type { ChosenEngine } from '../language/protocol.ts';
import { decodeSettings, defaultSettings, type Settings } from '../language/settings.ts';
import { type Say, sayIn } from '../language/words.ts';
import type { CheckShell } from '../shell/findings.ts';
import { abilitiesOf, type ClientProtocol, protocolOf } from './client.ts';
import { JsonText } from './json-text.ts';
import type { OpenFile } from './open-file.ts';
import { Schedule } from './schedule.ts';
import { TokenResults } from './semantic.ts';
import { Store } from './store.ts';
import type { DiskFiles, World } from './world.ts';

/** Problems as they are sent. */
type News = Diagnostic[] | JsonText;

function isSame(one: News, other: News): boolean {
  if (one instanceof JsonText && other instanceof JsonText) return one.equals(other);
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A new document waits no longer than this for what its problems depend on: without, they are computed twice. */
const mostPreparationMs = 200;

export class Session {
  readonly store: Store;
  readonly tokens = new TokenResults();
  readonly disk: DiskFiles;
  /** Whether answers may be a `JsonText`. */
  readonly takesText: boolean;
  readonly #connection: Connection;
  readonly #world: World;
  readonly #schedule: Schedule;
  /** The problems that the client was told last, of documents that are open. */
  readonly #sent = new Map<string, { readonly version: number; readonly news: News }>();
  /** Grows with whatever but the document can change an answer: settings, trust, knowledge, other files. */
  #generation = 0;
  #settings: Settings = defaultSettings;
  #isTrusted = false;
  #knowledge: Knowledge = noKnowledge;
  #forgetEngine: (() => void) | undefined;
  #engine: ChosenEngine | undefined;
  #environment: ReadonlyMap<string, string> = new Map();
  #checkShell: CheckShell | undefined;
  #context: Context | undefined;
  /** What will change the context once it is there: settings that were asked for, ShellCheck. */
  readonly #expected = new Set<Promise<unknown>>();
  #client: ClientAbilities = abilitiesOf({}, { suggestsAgain: false, commands: [] });
  #say: Say = sayIn(undefined);
  protocol: ClientProtocol = protocolOf({});

  constructor(connection: Connection, world: World) {
    this.#connection = connection;
    this.#world = world;
    this.takesText = world.takesText;
    this.#schedule = new Schedule((error) => this.report(error));
    this.store = new Store(
      (uri) => this.#push(uri),
      (neighbours) => this.#prepare(neighbours),
    );
    this.disk = world.files(() => this.#worldChanged());
  }

  /** Takes what `initialize` told. */
  begin(client: ClientAbilities, protocol: ClientProtocol, locale: string | undefined): void {
    this.#client = client;
    this.#say = sayIn(locale);
    this.protocol = protocol;
    this.store.encoding = protocol.encoding;
    this.#context = undefined;
  }

  get context(): Context {
    this.#context ??= {
      settings: this.#settings,
      client: this.#client,
      say: this.#say,
      trusted: this.#isTrusted,
      knowledge: this.#settings.askEngine ? this.#knowledge : noKnowledge,
      files: this.#files,
      environment: this.#environment,
      rulePages: this.#world.rulePages,
      checkShell: this.#settings.shellcheck ? this.#checkShell : undefined,
    };
    return this.#context;
  }

  /** Documents that are open win over the disk. */
  readonly #files: WorkspaceFiles = {
    text: (uri) => {
      const open = this.store.textOf(uri);
      return open === undefined ? this.disk.text(uri) : { kind: 'known', value: open };
    },
    list: (uri) => this.disk.list(uri),
  };

  /** @param value of the section `coracle.language`, as the client gives it */
  configure(value: unknown): void {
    const settings = decodeSettings(value);
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#settings = settings;
    this.#worldChanged();
  }

  /** There is no way back: a workspace that is no longer trusted is opened anew, with a new server. */
  trust(): void {
    if (this.#isTrusted) return;
    this.#isTrusted = true;
    this.#askEngine();
    this.#environment = this.#world.environment();
    this.#worldChanged();
    this.expect(this.#findShellCheck());
  }

  /** Lets documents that are opened now wait for something, and reports its failure. */
  expect(something: Promise<unknown>): void {
    const expected = something
      .catch((error: unknown) => this.report(error))
      .finally(() => this.#expected.delete(expected));
    this.#expected.add(expected);
  }

  async #prepare(neighbours: Neighbours): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, mostPreparationMs)));
    await Promise.race([late, Promise.all([this.disk.prepare(neighbours), ...this.#expected])]);
    clearTimeout(timer);
  }

  /** @param engine that is to be asked from now on */
  useEngine(engine: ChosenEngine): void {
    if (engine.host === this.#engine?.host && engine.context === this.#engine.context) return;
    this.#engine = engine;
    if (this.#isTrusted) this.#askEngine();
    this.#worldChanged();
  }

  #askEngine(): void {
    this.#forgetEngine?.();
    const knowledge = this.#world.knowledge?.(() => this.#worldChanged(), this.#engine);
    this.#forgetEngine = () => knowledge?.[Symbol.dispose]();
    this.#knowledge = knowledge ?? noKnowledge;
  }

  async #findShellCheck(): Promise<void> {
    const check = await this.#world.checkShell();
    if (check === undefined) return;
    this.#checkShell = async (scripts, options) => {
      const answers = await check(scripts, options);
      if (answers.some(({ length }) => length > 0)) this.#worldChanged();
      return answers;
    };
    this.#worldChanged();
  }

  /** Stands for everything that a document's problems depend on. */
  resultId(file: OpenFile): string {
    return `${this.#generation}.${file.document.version}`;
  }

  problems(file: OpenFile): Diagnostic[] {
    if (!this.context.settings.diagnostics) return [];
    return file.ask((features, view) => features.diagnostics?.(view, this.context)) ?? [];
  }

  close(uri: string): void {
    this.store.close(uri);
    this.tokens.forget(uri);
    this.#schedule.cancel(uri);
    this.#sent.delete(uri);
    if (!this.protocol.pullsDiagnostics) this.#send(uri, undefined, []);
  }

  /** Says what went wrong in the client's log: the server itself goes on. */
  report(error: unknown): void {
    const { console: log } = this.#connection;
    log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  #push(uri: string): void {
    if (this.protocol.pullsDiagnostics) return;
    this.#schedule.add(uri, () => {
      const file = this.store.peek(uri);
      if (file !== undefined) this.#sendNews(uri, file.document.version, this.#newsOf(file));
    });
  }

  /** Of a version that was looked at again, nothing is said when there is nothing else to say. */
  #sendNews(uri: string, version: number, news: News): void {
    const last = this.#sent.get(uri);
    if (last?.version === version && isSame(last.news, news)) return;
    this.#sent.set(uri, { version, news });
    this.#send(uri, version, news);
  }

  #newsOf(file: OpenFile): News {
    if (!this.takesText || !this.context.settings.diagnostics) return this.problems(file);
    const texts = file.ask((features, view) => features.diagnosticTexts?.(view, this.context));
    return texts === undefined ? this.problems(file) : JsonText.list(texts);
  }

  #send(uri: string, version: number | undefined, news: News): void {
    // The library hands them on as they are.
    const params = { uri, diagnostics: news as Diagnostic[], ...(version === undefined ? {} : { version }) };
    this.#connection.sendDiagnostics(params).catch((error: unknown) => this.report(error));
  }

  /** Problems are computed again, and the client is asked to ask again for what it shows. */
  #worldChanged(): void {
    this.#generation++;
    this.#context = undefined;
    for (const uri of this.store.uris()) this.#push(uri);
    this.#schedule.add('refresh', () => this.#refresh());
  }

  #refresh(): void {
    const { refresh, pullsDiagnostics } = this.protocol;
    const { languages } = this.#connection;
    const asked = [
      ...(pullsDiagnostics && refresh.diagnostics ? [languages.diagnostics.refresh()] : []),
      ...(refresh.inlayHints ? [languages.inlayHint.refresh()] : []),
      ...(refresh.codeLenses ? [this.#connection.sendRequest('workspace/codeLens/refresh')] : []),
    ];
    for (const answer of asked) Promise.resolve(answer).catch((error: unknown) => this.report(error));
  }
}
