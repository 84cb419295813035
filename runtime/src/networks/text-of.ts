// Files of the host that a kernel or a distribution may do without.

import { isKind } from '../spec/errors.ts';
import type { Files } from '../host/host.ts';

/** The text of a file, empty when it is not there. */
export async function textOf(files: Pick<Files, 'readText'>, path: string): Promise<string> {
  try {
    return await files.readText(path);
  } catch (error) {
    if (isKind(error, 'notFound')) return '';
    throw error;
  }
}
