import type { WorkspaceEdit } from 'vscode-languageserver';
import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../language/context.ts';
import type { DockerfileView } from './view.ts';

/** Edits of one document as LSP has them; spans count from the file's first character. */
export function editOf(
  { document }: DockerfileView,
  { client }: Context,
  edits: readonly { readonly span: Span; readonly text: string }[],
): WorkspaceEdit {
  const { uri, version } = document;
  const textEdits = edits.map(({ span, text }) => ({ range: document.range(span.start, span.end), newText: text }));
  return client.documentChanges
    ? { documentChanges: [{ textDocument: { uri, version }, edits: textEdits }] }
    : { changes: { [uri]: textEdits } };
}
