// `commit`.

import { command } from '../command.ts';
import { bool, list, string } from '../flags/types.ts';
import { splitReference } from '../../text/names.ts';

export const commit = command({
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  args: { min: 1, max: 2 },
  completes: 'containers',
  flags: {
    author: string('a', 'Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")'),
    change: list('c', 'Apply Dockerfile instruction to the created image'),
    message: string('m', 'Commit message'),
    pause: bool('p', 'Pause container during commit', true),
  },
  async run({ args: [container = '', name = ''], flags, session }) {
    const reference = name === '' ? undefined : splitReference(name);
    if (reference !== undefined && reference.digest !== '') {
      throw new Error('cannot commit to digest reference');
    }
    const client = await session.client();
    const made = await client.containers.commit(container, {
      ...(reference === undefined ? {} : { repo: reference.repository, tag: reference.tag }),
      comment: flags.message,
      author: flags.author,
      pause: flags.pause,
      changes: [...flags.change],
    });
    session.print(made.Id);
  },
});
