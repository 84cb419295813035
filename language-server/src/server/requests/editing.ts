// Requests of someone who writes: completion, signatures, layout, renaming, remedies.

import type { CompletionItem, CompletionList, Connection } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Document } from '../../language/document.ts';
import type { Range } from 'vscode-languageserver';
import { type LanguageName, loadLanguage } from '../languages.ts';
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
      return found && marked(found, session.store.languageOf(uri));
    }),
  );
  connection.onCompletionResolve(async (item) => {
    const { language, data } = (item.data ?? {}) as { language?: LanguageName; data?: unknown };
    if (language === undefined) return item;
    const { resolveCompletion } = (await loadLanguage(language)).features;
    return { ...(resolveCompletion?.({ ...item, data }, session.context) ?? item), data: item.data };
  });
}

/** Items that are resolved later say by which language. */
function marked(found: CompletionList | CompletionItem[], language: LanguageName | undefined): typeof found {
  const items = Array.isArray(found) ? found : found.items;
  for (const item of items) if (item.data !== undefined) item.data = { language, data: item.data as unknown };
  return found;
}

function spanOf(document: Document, { start, end }: Range): Span {
  return { start: document.offsetAt(start), end: document.offsetAt(end) };
}
