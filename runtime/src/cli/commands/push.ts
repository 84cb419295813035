// `push`: an image, or all tags of a repository, to the registry that the name says.

import { fullReference, parseReference, withDefaultTag } from '../../spec/reference.ts';
import { splitReference } from '../../text/names.ts';
import { command } from '../command.ts';
import { bool } from '../flags/types.ts';
import { output } from '../io/output.ts';
import { showProgress } from '../io/progress.ts';
import { isTerminal } from '../io/terminal.ts';

export const push = command({
  usage: '[OPTIONS] NAME[:TAG]',
  args: { min: 1, max: 1 },
  completes: 'images',
  flags: {
    'all-tags': bool('a', 'Push all tags of an image to the repository'),
    'disable-content-trust': bool('', 'Skip image signing', true, { hidden: true }),
    quiet: bool('q', 'Suppress verbose output'),
  },
  async run({ args: [name = ''], flags, session }) {
    const { repository, tag, digest } = splitReference(name);
    if (digest !== '') throw new Error('cannot push a digest reference');
    const all = flags['all-tags'];
    if (all && tag !== '') throw new Error("tag can't be used with --all-tags/-a");
    if (!all && tag === '' && !flags.quiet) session.print('Using default tag: latest');
    const client = await session.client();
    const lines = await client.images.push(repository, {
      ...(all ? {} : { tag: tag === '' ? 'latest' : tag }),
      ...(await session.authFor(name)),
    });
    const stream = output(1);
    await showProgress(lines, {
      write: flags.quiet ? () => undefined : (text) => stream.write(text),
      isTerminal: isTerminal(1),
      width: stream.columns ?? 80,
    });
    if (flags.quiet) session.print(fullReference(withDefaultTag(parseReference(name))));
  },
});
