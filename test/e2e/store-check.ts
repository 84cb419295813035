// `coracle system check` as an assertion.

import assert from 'node:assert/strict';
import { ask } from '../helpers/engine-http.ts';
import type { StoreReport } from '../../runtime/src/spec/engine/system.ts';

/** Fails when the engine's store does not hold together. */
export async function assertStoreIsSound(socket: string, when: string): Promise<void> {
  const { status, body } = await ask(socket, '/coracle/v1/check');
  assert.equal(status, 200, `check after ${when}: ${body}`);
  const { problems } = JSON.parse(body) as StoreReport;
  assert.deepEqual(problems, [], `after ${when}`);
}
