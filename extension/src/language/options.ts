// What the language client is told, on Node and in a browser alike.

import * as vscode from 'vscode';
import type { LanguageClientOptions, Middleware } from 'vscode-languageclient';
import {
  type ChosenEngine,
  dockerfileCommands,
  type InitializationOptions,
} from '../../../language-server/src/language/protocol.ts';
import { doneByNeighbours, type Feature } from './neighbours.ts';

export const clientId = 'coracle.language';
export const clientName = 'Coracle Language Server';

/** Documents of ours by language, and those that VS Code takes for plain YAML or JSON by name. */
const selector = [
  { language: 'dockerfile' },
  { language: 'dockercompose' },
  { language: 'dockerbake' },
  { language: 'yaml', pattern: '**/{compose,docker-compose}*.{yml,yaml}' },
  { language: 'json', pattern: '**/docker-bake*.json' },
];

/**
 * @param engine in use
 * @param commands that lenses offer
 */
export function clientOptions(
  subscriptions: vscode.Disposable[],
  engine: ChosenEngine,
  commands: readonly string[] = Object.values(dockerfileCommands),
): LanguageClientOptions {
  const options: Omit<InitializationOptions, 'settings'> = {
    trusted: vscode.workspace.isTrusted,
    suggestsAgain: true,
    commands,
    engineHost: engine.host,
    engineContext: engine.context,
  };
  return {
    documentSelector: selector,
    initializationOptions: options,
    middleware: yieldingMiddleware(watchNeighbours(subscriptions)),
    // As somebody types, not only when a file is saved.
    diagnosticPullOptions: { onChange: true, onTabs: true },
    markdown: { isTrusted: false, supportHtml: false },
  };
}

type Yields = (document: vscode.TextDocument, feature: Feature) => boolean;

/** Looked at again when an extension comes or goes, or the setting changes. */
function watchNeighbours(subscriptions: vscode.Disposable[]): Yields {
  const look = () => {
    const isWanted = vscode.workspace.getConfiguration('coracle').get('language.yield', true);
    return isWanted ? doneByNeighbours((id) => vscode.extensions.getExtension(id) !== undefined) : () => false;
  };
  let isDone = look();
  const again = () => (isDone = look());
  subscriptions.push(
    vscode.extensions.onDidChange(again),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('coracle.language')) again();
    }),
  );
  return ({ languageId }, feature) => isDone(languageId, feature);
}

/** Answers with nothing where a neighbour answers. */
function yieldingMiddleware(yields: Yields): Middleware {
  return {
    provideCompletionItem: (document, position, context, token, next) =>
      yields(document, 'completion') ? undefined : next(document, position, context, token),
    provideDefinition: (document, position, token, next) =>
      yields(document, 'definition') ? undefined : next(document, position, token),
    provideDocumentFormattingEdits: (document, options, token, next) =>
      yields(document, 'formatting') ? undefined : next(document, options, token),
    provideDocumentHighlights: (document, position, token, next) =>
      yields(document, 'highlights') ? undefined : next(document, position, token),
    provideDocumentLinks: (document, token, next) => (yields(document, 'links') ? undefined : next(document, token)),
    provideDocumentRangeFormattingEdits: (document, range, options, token, next) =>
      yields(document, 'formatting') ? undefined : next(document, range, options, token),
    provideDocumentSemanticTokens: (document, token, next) =>
      yields(document, 'tokens') ? undefined : next(document, token),
    provideDocumentSymbols: (document, token, next) =>
      yields(document, 'symbols') ? undefined : next(document, token),
    provideFoldingRanges: (document, context, token, next) =>
      yields(document, 'folding') ? undefined : next(document, context, token),
    provideHover: (document, position, token, next) =>
      yields(document, 'hover') ? undefined : next(document, position, token),
    provideOnTypeFormattingEdits: (document, position, character, options, token, next) =>
      yields(document, 'formatting') ? undefined : next(document, position, character, options, token),
    provideRenameEdits: (document, position, newName, token, next) =>
      yields(document, 'rename') ? undefined : next(document, position, newName, token),
    provideSignatureHelp: (document, position, context, token, next) =>
      yields(document, 'signature') ? undefined : next(document, position, context, token),
  };
}
