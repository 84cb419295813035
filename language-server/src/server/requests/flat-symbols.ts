// For clients that show symbols as a list.

import type { DocumentSymbol, SymbolInformation } from 'vscode-languageserver';

/** The tree in the order of the file, each symbol with the name of the one that it is in. */
export function flatSymbols(
  uri: string,
  symbols: readonly DocumentSymbol[],
  containerName?: string,
): SymbolInformation[] {
  return symbols.flatMap(({ name, kind, range, children }) => [
    { name, kind, location: { uri, range }, ...(containerName === undefined ? {} : { containerName }) },
    ...flatSymbols(uri, children ?? [], name),
  ]);
}
