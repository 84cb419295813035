// The users of a registry: a file of Apache's htpasswd with bcrypt, as docker's registry has it.

import { truncates } from 'bcryptjs';
import { EngineError } from '../spec/errors.ts';

/** Name -> hash. */
export type Users = ReadonlyMap<string, string>;

const mostBytes = 1024 * 1024;
/** `$2y$<cost>$<22 of salt><31 of hash>`; a higher cost would hold everybody up for seconds. */
const hashPattern = /^\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/;

/** @throws EngineError invalidParameter naming the line */
export function parseHtpasswd(bytes: Uint8Array, path: string): Users {
  if (bytes.length > mostBytes) throw new EngineError('invalidParameter', `${path} is larger than 1 MiB`);
  const users = new Map<string, string>();
  for (const [at, line] of new TextDecoder().decode(bytes).split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const hash = line.slice(colon + 1).trim();
    if (colon < 1 || !hashPattern.test(hash)) {
      throw new EngineError(
        'invalidParameter',
        `${path}, line ${at + 1}: it has to be name:hash with a hash of bcrypt of cost 4 to 14 (htpasswd -B)`,
      );
    }
    users.set(line.slice(0, colon), hash);
  }
  return users;
}

/** Bcrypt looks at 72 bytes only: a longer password is none of its. */
export function isTooLong(password: string): boolean {
  return truncates(password);
}
