// How every request about one document is answered.

import { LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import { Refusal } from '../../language/context.ts';
import type { Features, View } from '../../language/language.ts';
import type { Session } from '../session.ts';

export type Use<R> = <V extends View>(features: Features<V>, view: V) => R | undefined;

/**
 * Answers with what `use` makes of the document; `null` when it is not one of ours or the language has no such feature.
 * A refusal becomes an error with its message; any other error is logged and becomes one too, and the server goes on.
 */
export async function answer<R>(session: Session, uri: string, use: Use<R>): Promise<R | null | ResponseError> {
  try {
    const file = await session.store.file(uri);
    return file?.ask(use) ?? null;
  } catch (error) {
    if (error instanceof Refusal) return new ResponseError(LSPErrorCodes.RequestFailed, error.message);
    session.report(error);
    throw error;
  }
}
