// What only our own command line has, against a real engine.

import assert from 'node:assert/strict';
import { coracleCli } from '../helpers/clients.ts';
import { requireDaemon, startDaemon } from '../helpers/temp-daemon.ts';
import type { TempDaemon } from '../helpers/temp-daemon.ts';

describe('cli: commands of our own', () => {
  let daemon: TempDaemon | undefined;

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
  });

  it('finds nothing wrong with a fresh store', async () => {
    const { code, stdout } = await coracleCli(daemon?.host ?? '')(['system', 'check']);
    assert.match(stdout, /^Checked \d+ blobs,.*\nNo problems found\.\n$/);
    assert.equal(code, 0);
  });

  it('tells what the machine allows, as a table and as JSON', async () => {
    const cli = coracleCli(daemon?.host ?? '');
    assert.match(
      (await cli(['doctor'])).stdout,
      /^SUBJECT\s+STATE\s+FINDING\nmode\s+ok\s+the engine runs as .*\n(?:.*\n)*kernel\s+ok\s+Linux /,
    );
    const { findings } = JSON.parse((await cli(['doctor', '--format', 'json'])).stdout) as {
      findings: { name: string }[];
    };
    assert.ok(findings.some(({ name }) => name === 'cgroups'));
  });
});
