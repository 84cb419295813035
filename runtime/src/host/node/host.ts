// The Host of a daemon: Node's file system, clock, codecs and http client.

import type { Host } from '../host.ts';
import { createClock } from './clock.ts';
import { codec } from './codec.ts';
import { files } from './files.ts';
import { git } from './git.ts';
import { createHttp } from './http.ts';
import { bootId, hostname, system } from './machine.ts';
import { random } from './random.ts';

/** One per process: it keeps connections to registries open between requests (they do not keep the process alive). */
export function createNodeHost(): Host {
  return { files, clock: createClock(), codec, http: createHttp(), git, random, hostname, system, bootId };
}
