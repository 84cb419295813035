// The documents that the client has open. Texts follow the client's edits at once; a language that is still being loaded parses
// what is there when it comes.

import type { DidChangeTextDocumentParams, DidOpenTextDocumentParams } from 'vscode-languageserver';
import { Document } from '../language/document.ts';
import type { Neighbours } from '../language/language.ts';
import type { Encoding } from '../language/units.ts';
import { languageOf, loadLanguage, type LanguageName } from './languages.ts';
import type { OpenFile } from './open-file.ts';

interface Entry {
  readonly language: LanguageName;
  document: Document;
  file: OpenFile | undefined;
  ready: Promise<void>;
}

export class Store {
  readonly #entries = new Map<string, Entry>();
  readonly #changed: (uri: string) => void;
  readonly #prepare: (neighbours: Neighbours) => Promise<void>;
  encoding: Encoding = 'utf-16';

  /**
   * @param changed told of each document that is there or is another one now
   * @param prepare settles when what a new document's features ask for is there, or has taken long enough
   */
  constructor(changed: (uri: string) => void, prepare: (neighbours: Neighbours) => Promise<void>) {
    this.#changed = changed;
    this.#prepare = prepare;
  }

  /** URIs of all open documents of our languages. */
  uris(): readonly string[] {
    return [...this.#entries.keys()];
  }

  textOf(uri: string): string | undefined {
    return this.#entries.get(uri)?.document.text;
  }

  /** The parsed document, if it is open and its language is loaded. */
  peek(uri: string): OpenFile | undefined {
    return this.#entries.get(uri)?.file;
  }

  /** The parsed document; undefined when it is not open. */
  async file(uri: string): Promise<OpenFile | undefined> {
    await this.#entries.get(uri)?.ready;
    return this.peek(uri);
  }

  /** @throws Error when the client left out what makes a document */
  open({ textDocument: { uri, languageId, version, text } }: DidOpenTextDocumentParams): void {
    if (![uri, languageId, text].every((each: unknown) => typeof each === 'string'))
      throw new Error('a document is opened with a uri, a languageId and a text, each a string');
    const language = languageOf(languageId, uri);
    if (language === undefined) return;
    const document = new Document({ uri, languageId, version, encoding: this.encoding }, text);
    const entry: Entry = { language, document, file: undefined, ready: Promise.resolve() };
    this.#entries.set(uri, entry);
    entry.ready = this.#load(uri, entry);
  }

  change({ textDocument: { uri, version }, contentChanges }: DidChangeTextDocumentParams): void {
    const entry = this.#entries.get(uri);
    if (entry === undefined) return;
    const { document, changes } = entry.document.edit(version, contentChanges);
    entry.document = document;
    entry.file = entry.file?.edited(document, changes);
    if (entry.file !== undefined) this.#changed(uri);
  }

  close(uri: string): void {
    this.#entries.delete(uri);
  }

  async #load(uri: string, entry: Entry): Promise<void> {
    const opener = await loadLanguage(entry.language);
    await this.#prepare(opener.neighbours(uri));
    entry.file = opener.open(entry.document);
    if (this.#entries.get(uri) === entry) this.#changed(uri);
  }
}
