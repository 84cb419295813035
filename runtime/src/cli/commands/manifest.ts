// `manifest inspect`: what a registry has under a name, without pulling it.

import { command } from '../command.ts';

export const inspect = command({
  usage: 'MANIFEST',
  args: { min: 1, max: 1 },
  flags: {},
  async run({ args: [name = ''], session }) {
    const client = await session.client();
    const { manifest } = await client.images.remoteManifest(name, await session.authFor(name));
    // With the fields in the registry's order, indented as docker does.
    session.print(JSON.stringify(JSON.parse(manifest), undefined, '\t'));
  },
});
