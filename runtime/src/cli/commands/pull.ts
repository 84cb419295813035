// `pull`, and the pull that `run` and `create` make when an image is not here.

import { fullName, fullReference, parseReference, withDefaultTag } from '../../spec/reference.ts';
import { splitReference } from '../../text/names.ts';
import { command } from '../command.ts';
import { bool, string } from '../flags/types.ts';
import { showProgress } from '../io/progress.ts';
import { isTerminal } from '../io/terminal.ts';
import { output } from '../io/output.ts';
import type { Session } from '../session.ts';

export interface PullSettings {
  readonly platform?: string | undefined;
  readonly all?: boolean;
  readonly quiet: boolean;
  /** Where progress is written. */
  readonly output: 1 | 2;
}

/** Pulls and shows progress, as who is logged in. @throws ApiError, or Error with the engine's sentence */
export async function pullImage(session: Session, name: string, settings: PullSettings): Promise<void> {
  const { repository, tag, digest } = splitReference(name);
  const client = await session.client();
  const wanted = settings.all === true ? '' : digest || tag || 'latest';
  const stream = settings.output === 1 ? output(1) : output(2);
  const lines = await client.images.pull(repository, {
    ...(wanted === '' ? {} : { tag: wanted }),
    platform: settings.platform === '' ? undefined : settings.platform,
    ...(await session.authFor(name)),
  });
  await showProgress(lines, {
    write: settings.quiet ? () => undefined : (text) => stream.write(text),
    isTerminal: isTerminal(settings.output),
    width: stream.columns ?? 80,
  });
}

export const pull = command({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  args: { min: 1, max: 1 },
  completes: 'images',
  flags: {
    'all-tags': bool('a', 'Download all tagged images in the repository'),
    'disable-content-trust': bool('', 'Skip image verification', true, { hidden: true }),
    platform: string('', 'Set platform if server is multi-platform capable'),
    quiet: bool('q', 'Suppress verbose output'),
  },
  async run({ args: [name = ''], flags, session }) {
    const { tag, digest } = splitReference(name);
    const all = flags['all-tags'];
    if (all && (tag !== '' || digest !== '')) throw new Error("tag can't be used with --all-tags/-a");
    if (!all && tag === '' && digest === '' && !flags.quiet) session.print('Using default tag: latest');
    await pullImage(session, name, { platform: flags.platform, all, quiet: flags.quiet, output: 1 });
    const reference = parseReference(name);
    session.print(all ? fullName(reference) : fullReference(withDefaultTag(reference)));
  },
});
