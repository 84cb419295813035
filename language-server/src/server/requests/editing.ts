// Requests of someone who writes: completion, signatures, layout, renaming, remedies.

import type { CompletionItem, CompletionList, Connection } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Document } from '../../language/document.ts';
import type { View } from '../../language/language.ts';
import type { Range } from 'vscode-languageserver';
import type { Session } from '../session.ts';
import { answer } from './answer.ts';

export function answerEditing(connection: Connection, session: Session): void {
  answerCompletion(connection, session);
  answerFormatting(connection, session);
  connection.onSignatureHelp(({ textDocument: { uri }, position }) =>
    answer(session, uri, ({ signatureHelp }, view) =>
      signatureHelp?.(view, view.document.offsetAt(position), session.context),
    ),
  );
  connection.onPrepareRename(({ textDocument: { uri }, position }) =>
    answer(session, uri, ({ prepareRename }, view) =>
      prepareRename?.(view, view.document.offsetAt(position), session.context),
    ),
  );
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }) =>
    answer(session, uri, ({ rename }, view) =>
      rename?.(view, view.document.offsetAt(position), newName, session.context),
    ),
  );
  connection.onCodeAction(({ textDocument: { uri }, range, context: asked }) =>
    answer(session, uri, ({ codeActions }, view) =>
      codeActions?.(view, spanOf(view.document, range), asked, session.context),
    ),
  );
}

function answerFormatting(connection: Connection, session: Session): void {
  connection.onDocumentFormatting(({ textDocument: { uri }, options }) =>
    answer(session, uri, ({ formatting }, view) => formatting?.(view, options, session.context)),
  );
  connection.onDocumentRangeFormatting(({ textDocument: { uri }, range, options }) =>
    answer(session, uri, ({ rangeFormatting }, view) =>
      rangeFormatting?.(view, spanOf(view.document, range), options, session.context),
    ),
  );
  connection.onDocumentOnTypeFormatting(({ textDocument: { uri }, position, ch, options }) =>
    answer(session, uri, ({ onTypeFormatting }, view) =>
      onTypeFormatting?.(view, view.document.offsetAt(position), ch, options, session.context),
    ),
  );
}

function answerCompletion(connection: Connection, session: Session): void {
  connection.onCompletion(({ textDocument: { uri }, position, context: asked }) =>
    answer(session, uri, ({ completion }, view) => {
      const offset = view.document.offsetAt(position);
      const found = completion?.(view, offset, asked?.triggerCharacter, session.context);
      return found && onOneLine(found, view, offset);
    }),
  );
}

/** Of a word that goes over lines, an editor replaces no more than the cursor's line: what would replace more is left out. */
function onOneLine(
  found: CompletionList | CompletionItem[],
  { document }: View,
  offset: number,
): CompletionList | CompletionItem[] {
  const line = document.lineAt(offset);
  const fits = ({ textEdit }: CompletionItem) =>
    textEdit === undefined ||
    !('range' in textEdit) ||
    (textEdit.range.start.line === line && textEdit.range.end.line === line);
  return Array.isArray(found) ? found.filter(fits) : { ...found, items: found.items.filter(fits) };
}

function spanOf(document: Document, { start, end }: Range): Span {
  return { start: document.offsetAt(start), end: document.offsetAt(end) };
}
