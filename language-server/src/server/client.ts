// What the client says at `initialize`, decoded once.

import type { ClientCapabilities, InitializeParams } from 'vscode-languageserver';
import type { ClientAbilities } from '../language/context.ts';
import type { InitializationOptions } from '../language/protocol.ts';
import type { Encoding } from '../language/units.ts';

/** What only the server's own protocol handling asks for. */
export interface ClientProtocol {
  readonly encoding: Encoding;
  /** Problems are asked for; they are not pushed then, or the client would show each twice. */
  readonly pullsDiagnostics: boolean;
  readonly configuration: boolean;
  readonly registersConfiguration: boolean;
  readonly registersWatchers: boolean;
  readonly multilineTokens: boolean;
  readonly refresh: { readonly diagnostics: boolean; readonly inlayHints: boolean; readonly codeLenses: boolean };
}

export function abilitiesOf(
  capabilities: ClientCapabilities,
  { suggestsAgain, commands }: Pick<InitializationOptions, 'suggestsAgain' | 'commands'>,
): ClientAbilities {
  const text = capabilities.textDocument;
  const item = text?.completion?.completionItem;
  return {
    snippets: item?.snippetSupport === true,
    markdown: text?.hover?.contentFormat?.includes('markdown') === true,
    labelDetails: item?.labelDetailsSupport === true,
    documentChanges: capabilities.workspace?.workspaceEdit?.documentChanges === true,
    definitionLinks: text?.definition?.linkSupport === true,
    relatedInformation: text?.publishDiagnostics?.relatedInformation === true,
    foldingLinesOnly: text?.foldingRange?.lineFoldingOnly === true,
    nestedSymbols: text?.documentSymbol?.hierarchicalDocumentSymbolSupport === true,
    suggestsAgain,
    commands: new Set(commands),
  };
}

export function protocolOf(capabilities: ClientCapabilities): ClientProtocol {
  const { textDocument: text, workspace } = capabilities;
  return {
    encoding: encodingOf(capabilities.general?.positionEncodings),
    pullsDiagnostics: text?.diagnostic !== undefined,
    configuration: workspace?.configuration === true,
    registersConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    registersWatchers: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    multilineTokens: text?.semanticTokens?.multilineTokenSupport === true,
    refresh: {
      diagnostics: workspace?.diagnostics?.refreshSupport === true,
      inlayHints: workspace?.inlayHint?.refreshSupport === true,
      codeLenses: workspace?.codeLens?.refreshSupport === true,
    },
  };
}

export function optionsOf(params: InitializeParams): InitializationOptions {
  const given = params.initializationOptions as
    Partial<Record<keyof InitializationOptions, unknown>> | null | undefined;
  return {
    trusted: given?.trusted === true,
    settings: given?.settings,
    suggestsAgain: given?.suggestsAgain === true,
    commands: Array.isArray(given?.commands) ? given.commands.filter((each) => typeof each === 'string') : [],
    engineHost: typeof given?.engineHost === 'string' ? given.engineHost : undefined,
    engineContext: typeof given?.engineContext === 'string' ? given.engineContext : undefined,
  };
}

/** The client's first choice among those that we speak; UTF-16 is what everybody speaks. */
function encodingOf(offered: readonly string[] | undefined): Encoding {
  return offered?.find((each): each is Encoding => each === 'utf-8' || each === 'utf-16') ?? 'utf-16';
}
