// `pull`, and the pull that `run` and `create` make when an image is not here.

import type { EngineClient } from '../../client/client.ts';
import { command } from '../command.ts';
import { bool, string } from '../flags/types.ts';
import { showProgress } from '../io/progress.ts';
import { isTerminal } from '../io/terminal.ts';

export interface Reference {
  /** The repository as written, or the whole text when it is a digest. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** `host:5000/name:tag@sha256:…` taken apart, as far as a client needs it. @throws Error in docker's words */
export function splitReference(text: string): Reference {
  const [named = '', digest = ''] = text.split('@');
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const repository = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : '';
  if (repository === '' || (hasTag && !/^\w[\w.-]{0,127}$/.test(tag))) throw new Error('invalid reference format');
  if (text.includes('@') && !/^[a-zA-Z][a-zA-Z\d]*(?:[-_+.][a-zA-Z][a-zA-Z\d]*)*:[\da-fA-F]{32,}$/.test(digest)) {
    throw new Error('invalid reference format');
  }
  checkRepository(repository);
  return { repository, tag, digest };
}

/** A registry's name may have capitals and a port, the path behind it may not. */
function checkRepository(repository: string): void {
  const full = canonicalName(repository);
  const path = full.slice(full.indexOf('/') + 1);
  if (path !== path.toLowerCase() && /^[\w.\-/]+$/.test(path)) {
    throw new Error(`invalid reference format: repository name (${path}) must be lowercase`);
  }
  if (!/^[a-z\d]+(?:(?:\.|_|__|-+)[a-z\d]+)*(?:\/[a-z\d]+(?:(?:\.|_|__|-+)[a-z\d]+)*)*$/.test(path)) {
    throw new Error('invalid reference format');
  }
}

/** The reference with the tag `latest` when it names neither tag nor digest. */
export function familiarName(text: string): string {
  const { tag, digest } = splitReference(text);
  return tag === '' && digest === '' ? `${text}:latest` : text;
}

/** The name with registry and namespace that a short one stands for. */
export function canonicalName(text: string): string {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  if (/[.:]/.test(first) || first === 'localhost') return text.replace(/^index\.docker\.io\//, 'docker.io/');
  return slash < 0 ? `docker.io/library/${text}` : `docker.io/${text}`;
}

export interface PullSettings {
  readonly platform?: string | undefined;
  readonly all?: boolean;
  readonly quiet: boolean;
  /** Where progress is written. */
  readonly output: 1 | 2;
}

/** Pulls and shows progress. @throws ApiError, or Error with the engine's sentence */
export async function pullImage(client: EngineClient, name: string, settings: PullSettings): Promise<void> {
  const { repository, tag, digest } = splitReference(name);
  const wanted = settings.all === true ? '' : digest || tag || 'latest';
  const stream = settings.output === 1 ? process.stdout : process.stderr;
  const lines = await client.images.pull(repository, {
    ...(wanted === '' ? {} : { tag: wanted }),
    platform: settings.platform === '' ? undefined : settings.platform,
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
    const client = await session.client();
    await pullImage(client, name, { platform: flags.platform, all, quiet: flags.quiet, output: 1 });
    session.print(canonicalName(all ? name : familiarName(name)));
  },
});
