// The log-in that goes along with a request about an image.

import type { AuthConfig } from '../../../runtime/src/spec/api/images.ts';
import { parseReference } from '../../../runtime/src/spec/reference.ts';
import type { LogIns } from './log-ins.ts';

/** @param name of an image, as people type it */
export async function authFor(logIns: LogIns, name: string): Promise<{ readonly auth?: AuthConfig }> {
  const auth = await logIns.find(parseReference(name).domain);
  return auth === undefined ? {} : { auth };
}
