// Requests of someone who reads: where things are, what they are, how the file is built.

import type { Connection, SelectionRange } from 'vscode-languageserver';
import { JsonText } from '../json-text.ts';
import type { Session } from '../session.ts';
import { answer } from './answer.ts';
import { flatSymbols } from './flat-symbols.ts';

export function answerReading(connection: Connection, session: Session): void {
  connection.onHover(({ textDocument: { uri }, position }) =>
    answer(session, uri, ({ hover }, view) => hover?.(view, view.document.offsetAt(position), session.context)),
  );
  connection.onDefinition(({ textDocument: { uri }, position }) =>
    answer(
      session,
      uri,
      ({ definition }, view) =>
        // LSP's type has lists of one kind only; the client said which it takes.
        definition?.(view, view.document.offsetAt(position), session.context) as never,
    ),
  );
  connection.onReferences(({ textDocument: { uri }, position, context: { includeDeclaration } }) =>
    answer(session, uri, ({ references }, view) =>
      references?.(view, view.document.offsetAt(position), includeDeclaration, session.context),
    ),
  );
  connection.onDocumentHighlight(({ textDocument: { uri }, position }) =>
    answer(session, uri, ({ highlights }, view) => highlights?.(view, view.document.offsetAt(position))),
  );
  connection.onDocumentSymbol(({ textDocument: { uri } }) =>
    answer(session, uri, ({ symbols, symbolsText }, view) => {
      const isNested = session.context.client.nestedSymbols;
      // The library hands an answer on as it is.
      if (isNested && session.takesText && symbolsText !== undefined) return new JsonText([symbolsText(view)]) as never;
      const found = symbols?.(view);
      return isNested || found === undefined ? found : flatSymbols(uri, found);
    }),
  );
  connection.onFoldingRanges(({ textDocument: { uri } }) =>
    answer(session, uri, ({ folding }, view) => folding?.(view, session.context)),
  );
  connection.onSelectionRanges(({ textDocument: { uri }, positions }) =>
    answer<SelectionRange[]>(session, uri, ({ selection }, view) =>
      selection === undefined ? undefined : positions.map((at) => selection(view, view.document.offsetAt(at))),
    ),
  );
  connection.onDocumentLinks(({ textDocument: { uri } }) =>
    answer(session, uri, ({ links }, view) => links?.(view, session.context)),
  );
  connection.onCodeLens(({ textDocument: { uri } }) =>
    answer(session, uri, ({ codeLenses }, view) =>
      session.context.settings.codeLens ? codeLenses?.(view, session.context) : undefined,
    ),
  );
  connection.languages.inlayHint.on(({ textDocument: { uri }, range }) =>
    answer(session, uri, ({ inlayHints }, view) => {
      const { document } = view;
      const span = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
      return session.context.settings.inlayHints ? inlayHints?.(view, span, session.context) : undefined;
    }),
  );
}
