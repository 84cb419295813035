import assert from 'node:assert/strict';
import { VolumeSizes } from '../../extension/src/model/volume-sizes.ts';
import { useExtensionEngine } from './engine.ts';

describe('extension: sizes of volumes', () => {
  const engine = useExtensionEngine();

  it('counts once after a burst, and tells when something is new', async () => {
    const { client } = engine();
    let calls = 0;
    const counted = {
      system: Object.assign(Object.create(client.system) as typeof client.system, {
        diskUsage: async (types: readonly 'volume'[]) => {
          calls += 1;
          return await client.system.diskUsage(types);
        },
      }),
    };
    await client.volumes.create({ Name: 'sized' });
    await new Promise<void>((resolve, reject) => {
      const sizes = new VolumeSizes(
        counted,
        () => {
          assert.equal(sizes.sizes.get('sized'), 0);
          sizes[Symbol.dispose]();
          resolve();
        },
        reject,
      );
      for (let i = 0; i < 10; i += 1) sizes.ask();
    });
    assert.equal(calls, 1);
    await client.volumes.remove('sized', false);
  });
});
