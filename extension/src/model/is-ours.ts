// Whether an engine is one of ours, which can more than Docker's API says.

import type { EngineClient } from '../../../runtime/src/client/client.ts';

const known = new WeakMap<EngineClient, Promise<boolean>>();

/** Asked once for each engine. @throws ConnectionError when nobody answers */
export async function isOurs(client: EngineClient): Promise<boolean> {
  let answer = known.get(client);
  if (answer === undefined) {
    answer = client.system.version().then(({ Platform }) => Platform?.Name === 'Coracle');
    known.set(client, answer);
    answer.catch(() => known.delete(client));
  }
  return await answer;
}
