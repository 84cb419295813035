// What the server offers. All languages together: a document whose language lacks a feature gets an empty answer.

import { CodeActionKind, type ServerCapabilities, TextDocumentSyncKind } from 'vscode-languageserver';
import type { ClientProtocol } from './client.ts';
import { legend } from './semantic.ts';

/** Characters that ask for something by themselves, of all languages: they are told before any language is loaded. */
const triggers = {
  completion: ['$', '{', '=', ',', '/', ':', '@', '-', '"', "'", ' ', '.', '<', '*'],
  signature: [' ', '=', ',', '-', '[', '"', '$', '{', ':'],
  formatting: { firstTriggerCharacter: '\n', moreTriggerCharacter: ['\\', '`'] },
};

export function capabilitiesFor({ encoding, pullsDiagnostics }: ClientProtocol): ServerCapabilities {
  return {
    positionEncoding: encoding,
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    // Items are whole at once: VS Code fails when one is asked for again whose list is gone meanwhile.
    completionProvider: { triggerCharacters: triggers.completion, resolveProvider: false },
    hoverProvider: true,
    signatureHelpProvider: { triggerCharacters: triggers.signature },
    definitionProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    documentSymbolProvider: { label: 'Coracle' },
    workspaceSymbolProvider: true,
    codeActionProvider: {
      codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite, CodeActionKind.SourceFixAll],
    },
    codeLensProvider: { resolveProvider: false },
    documentLinkProvider: { resolveProvider: false },
    documentFormattingProvider: true,
    documentRangeFormattingProvider: true,
    documentOnTypeFormattingProvider: triggers.formatting,
    renameProvider: { prepareProvider: true },
    foldingRangeProvider: true,
    selectionRangeProvider: true,
    inlayHintProvider: true,
    semanticTokensProvider: { legend, full: { delta: true }, range: true },
    ...(pullsDiagnostics
      ? { diagnosticProvider: { identifier: 'coracle', interFileDependencies: true, workspaceDiagnostics: false } }
      : {}),
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };
}
