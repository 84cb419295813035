// Problems for clients that ask for them.

import { type Connection, DocumentDiagnosticReportKind } from 'vscode-languageserver';
import type { Session } from '../session.ts';

export function answerDiagnostics(connection: Connection, session: Session): void {
  connection.languages.diagnostics.on(async ({ textDocument: { uri }, previousResultId }) => {
    const file = await session.store.file(uri);
    if (file === undefined) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
    const resultId = session.resultId(file);
    if (previousResultId === resultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
    return { kind: DocumentDiagnosticReportKind.Full, resultId, items: session.problems(file) };
  });
}
