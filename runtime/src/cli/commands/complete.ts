// What could stand next on a command line, one candidate a line with a tab and a word about it. The completion scripts of all
// shells ask this, so that names of containers and images come from the engine.

import type { EngineClient } from '../../client/client.ts';
import { command } from '../command.ts';
import type { Command } from '../command.ts';
import type { Flags } from '../flags/types.ts';
import type { Session } from '../session.ts';
import { findEntry, rootEntry } from '../tree.ts';
import type { Entry } from '../tree.ts';

interface Candidate {
  readonly text: string;
  readonly about: string;
}

export const complete = command({
  usage: '-- WORD...',
  interspersed: false,
  flags: {},
  async run({ args, session }) {
    const candidates = await candidatesFor(args, session);
    session.write(candidates.map(({ text, about }) => `${text}\t${about}\n`).join(''));
  },
});

async function candidatesFor(words: readonly string[], session: Session): Promise<Candidate[]> {
  const current = words.at(-1) ?? '';
  let entry: Entry = rootEntry;
  let at = 0;
  for (; at < words.length - 1 && entry.children !== undefined; at += 1) {
    const word = words[at] ?? '';
    if (word.startsWith('-')) continue;
    const next = findEntry(entry.children, word);
    if (next === undefined) break;
    entry = next;
  }
  const starts = (candidate: Candidate) => candidate.text.startsWith(current);
  if (entry.children !== undefined) {
    const { globalFlags } = await import('../app.ts');
    if (current.startsWith('-')) return flagCandidates(globalFlags).filter(starts);
    return entry.children
      .filter((child) => child.hidden !== true)
      .map((child) => ({ text: child.name, about: child.short }))
      .filter(starts);
  }
  if (entry.load === undefined) return [];
  const target = await entry.load();
  const before = words.slice(at, -1);
  if (current.startsWith('-') && (target.interspersed !== false || !before.some((word) => !word.startsWith('-')))) {
    return flagCandidates(target.flags).filter(starts);
  }
  if (entry.name === 'completion') return ['bash', 'zsh', 'fish'].map((text) => ({ text, about: '' })).filter(starts);
  return (await names(session, kindAt(target, entry, before))).filter(starts);
}

function flagCandidates(flags: Flags): Candidate[] {
  return Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .map(([name, flag]) => ({ text: `--${name}`, about: flag.usage }));
}

/** What the word is: the flag before it may say so, else the command does. */
function kindAt(target: Command, entry: Entry, before: readonly string[]): Command['completes'] {
  const flag = before.at(-1) ?? '';
  if (flag === '--network' || flag === '--net') return 'networks';
  if (flag === '--volumes-from' || flag === '--link') return 'containers';
  if ((entry.name === 'connect' || entry.name === 'disconnect') && before.length === 1) return 'containers';
  // run IMAGE …, exec CONTAINER …: what follows is the container's affair.
  const isFirst = before.every((word) => word.startsWith('-'));
  return target.interspersed === false && !isFirst && !flag.startsWith('-') ? undefined : target.completes;
}

async function names(session: Session, kind: Command['completes']): Promise<Candidate[]> {
  if (kind === undefined || kind === 'files') return [];
  if (kind === 'contexts') {
    return ['default', ...session.contexts.names()].map((text) => ({ text, about: 'context' }));
  }
  // Completion never starts an engine.
  return await engineNames(session.clientAsIs(), kind);
}

async function engineNames(
  client: EngineClient,
  kind: 'containers' | 'running' | 'images' | 'networks' | 'volumes',
): Promise<Candidate[]> {
  switch (kind) {
    case 'containers':
    case 'running': {
      const containers = await client.containers.list({ all: kind === 'containers' });
      return containers.flatMap((one) =>
        (one.Names ?? []).map((name) => ({ text: name.replace(/^\//, ''), about: `${one.Image} ${one.Status}` })),
      );
    }
    case 'images': {
      const images = await client.images.list();
      return images.flatMap((image) => (image.RepoTags ?? []).map((text) => ({ text, about: 'image' })));
    }
    case 'networks':
      return (await client.networks.list()).map((one) => ({ text: one.Name ?? '', about: one.Driver ?? '' }));
    case 'volumes':
      return ((await client.volumes.list()).Volumes ?? []).map((one) => ({
        text: one.Name ?? '',
        about: one.Driver ?? '',
      }));
  }
}
