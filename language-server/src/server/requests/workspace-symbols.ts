// Symbols of the whole workspace: of open documents as they are in the editor, of other files as they are on the disk.

import type { Connection, DocumentSymbol, SymbolInformation } from 'vscode-languageserver';
import { Document } from '../../language/document.ts';
import { fileName } from '../../language/uri.ts';
import { languageOf, loadLanguage } from '../languages.ts';
import type { OpenFile } from '../open-file.ts';
import type { Session } from '../session.ts';
import { flatSymbols } from './flat-symbols.ts';

const maxSymbols = 1000;

export function answerWorkspaceSymbols(connection: Connection, session: Session, folders: ReadonlySet<string>): void {
  connection.onWorkspaceSymbol(async ({ query }, token) => {
    const found: SymbolInformation[] = [];
    for await (const file of allFiles(session, folders)) {
      if (token.isCancellationRequested || found.length >= maxSymbols) break;
      const symbols = file.ask(({ symbols: of }, view) => of?.(view)) ?? [];
      found.push(...namedSymbols(file.document.uri, symbols).filter(({ name }) => matches(name, query)));
    }
    return found.slice(0, maxSymbols);
  });
}

async function* allFiles(session: Session, folders: ReadonlySet<string>): AsyncGenerator<OpenFile> {
  const open = new Set(session.store.uris());
  for (const uri of open) {
    const file = await session.store.file(uri);
    if (file !== undefined) yield file;
  }
  for (const folder of folders) {
    const isWanted = (name: string) => languageOf('', name) !== undefined;
    for (const uri of await session.disk.find(folder, isWanted)) {
      const file = open.has(uri) ? undefined : await fileOnDisk(session, uri);
      if (file !== undefined) yield file;
    }
  }
}

async function fileOnDisk(session: Session, uri: string): Promise<OpenFile | undefined> {
  const language = languageOf('', uri);
  const text = await session.disk.read(uri);
  if (language === undefined || text === undefined) return undefined;
  const document = new Document({ uri, languageId: language, version: 0, encoding: session.protocol.encoding }, text);
  return (await loadLanguage(language)).open(document);
}

/** The upper two levels: stages and services are looked for, and what is right in them. */
function namedSymbols(uri: string, symbols: readonly DocumentSymbol[]): SymbolInformation[] {
  const file = fileName(uri);
  return symbols.flatMap((symbol) => [
    ...flatSymbols(uri, [alone(symbol)], file),
    ...flatSymbols(uri, (symbol.children ?? []).map(alone), symbol.name),
  ]);
}

function alone(symbol: DocumentSymbol): DocumentSymbol {
  return { ...symbol, children: [] };
}

/** As editors match: the letters in their order, in any case. */
function matches(name: string, query: string): boolean {
  const letters = name.toLowerCase();
  let at = -1;
  for (const letter of query.toLowerCase()) {
    if (letter === ' ') continue;
    at = letters.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}
