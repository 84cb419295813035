// Semantic tokens: of the whole file, of what changed, of the part that is on the screen.

import type { Connection } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Document } from '../../language/document.ts';
import { encodeTokens } from '../semantic.ts';
import type { Session } from '../session.ts';
import { answer } from './answer.ts';

export function answerTokens(connection: Connection, session: Session): void {
  const { semanticTokens } = connection.languages;
  const encoded = (uri: string, spanOf?: (document: Document) => Span) =>
    answer(session, uri, ({ tokens }, view) =>
      tokens === undefined ? undefined : encodeTokens(view.document, tokens(view, spanOf?.(view.document))),
    );
  semanticTokens.on(async ({ textDocument: { uri } }) => {
    const data = await encoded(uri);
    return Array.isArray(data) ? session.tokens.full(uri, data) : (data ?? { data: [] });
  });
  semanticTokens.onDelta(async ({ textDocument: { uri }, previousResultId }) => {
    const data = await encoded(uri);
    return Array.isArray(data) ? session.tokens.delta(uri, previousResultId, data) : (data ?? { data: [] });
  });
  semanticTokens.onRange(async ({ textDocument: { uri }, range }) => {
    const data = await encoded(uri, (document) => ({
      start: document.offsetAt(range.start),
      end: document.offsetAt(range.end),
    }));
    return Array.isArray(data) ? { data } : (data ?? { data: [] });
  });
}
