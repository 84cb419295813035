// The build's context of a Dockerfile, as far as an editor can tell: its folder.

import { resolveUri } from '../language/uri.ts';
import type { Context } from '../language/context.ts';
import { valueOf } from './known.ts';

export interface BuildContext {
  /** URI of the folder, with a slash at its end. */
  readonly folder: string;
  /** Text of the ignore file that counts: `<Dockerfile>.dockerignore`, or `.dockerignore` of the context. */
  readonly ignoreText: string | undefined;
}

export function contextOf(uri: string, { files }: Context): BuildContext {
  const folder = uri.slice(0, uri.lastIndexOf('/') + 1);
  const own = valueOf(files.text(`${uri}.dockerignore`));
  const common = resolveUri(uri, '.dockerignore');
  return { folder, ignoreText: own ?? (common === undefined ? undefined : valueOf(files.text(common))) };
}
