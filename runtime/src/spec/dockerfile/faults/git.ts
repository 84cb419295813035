// The query of a Git source of ADD, `https://example.com/a.git?ref=v1&subdir=b`, and what flags may not contradict.

import { parseBoolean } from '../checks.ts';
import { nearestName } from '../names.ts';
import type { Fault, Flag, Word } from '../tree.ts';
import { literalValue } from './literal.ts';
import { hint, quote } from '../quote.ts';

const queryKeys = 'ref tag branch subdir checksum commit keep-git-dir submodules mtime fetch-by-commit'.split(' ');
const booleans: ReadonlySet<string> = new Set(['keep-git-dir', 'submodules', 'fetch-by-commit']);

type GitFault = Omit<Fault, 'span'>;

/** @param flags those of the ADD */
export function addGitFault(source: Word, flags: readonly Flag[], faults: Fault[]): void {
  const url = literalValue(source);
  if (url === undefined) return;
  const fault = gitFault(url, flags);
  if (fault !== undefined) faults.push({ ...fault, span: source.span });
}

function gitFault(url: string, flags: readonly Flag[]): GitFault | undefined {
  const hash = url.indexOf('#');
  const [before, fragment] = hash < 0 ? [url, ''] : [url.slice(0, hash), url.slice(hash + 1)];
  const mark = before.indexOf('?');
  if (mark < 0) return undefined;
  const query = new Map<string, string>();
  for (const part of before.slice(mark + 1).split('&')) {
    if (part === '') continue;
    const sign = part.indexOf('=');
    const key = sign < 0 ? part : part.slice(0, sign);
    const value = sign < 0 ? '' : part.slice(sign + 1);
    const fault = partFault(key, value, query);
    if (fault !== undefined) return fault;
    query.set(key, value);
  }
  return conflict(query, fragment, flags);
}

function partFault(key: string, value: string, before: ReadonlyMap<string, string>): GitFault | undefined {
  const code = 'invalid-git-query';
  if (!queryKeys.includes(key)) {
    const near = nearestName(key, queryKeys);
    const list = `There are ${queryKeys.join(', ')}.`;
    return { code, message: `A Git source has no ${quote(key)}. ${hint(near, list)}` };
  }
  if (before.has(key)) return { code, message: `${key} is given twice.` };
  if (value === '') return booleans.has(key) ? undefined : { code, message: `${key} needs a value.` };
  if (booleans.has(key) && parseBoolean(value) === undefined) {
    return { code, message: `${key} is true or false, not ${quote(value)}.` };
  }
  if (key === 'mtime' && value !== 'checkout' && value !== 'commit') {
    return { code, message: `mtime is checkout or commit, not ${quote(value)}.` };
  }
  return undefined;
}

/** What is said twice, and not alike. */
function conflict(query: ReadonlyMap<string, string>, fragment: string, flags: readonly Flag[]): GitFault | undefined {
  const code = 'git-conflict';
  const colon = fragment.indexOf(':');
  const refs = [
    colon < 0 ? fragment : fragment.slice(0, colon),
    query.get('ref') ?? '',
    prefixed('refs/tags/', query.get('tag')),
    prefixed('refs/heads/', query.get('branch')),
  ];
  const named = new Set(refs.filter((ref) => ref !== ''));
  if (named.size > 1)
    return { code, message: `The source names ${[...named].join(' and ')}: only one can be fetched.` };
  const flagValue = (name: string) => {
    const flag = flags.findLast((one) => one.name === name);
    return flag === undefined ? undefined : flag.value === undefined ? 'true' : literalValue(flag.value);
  };
  const keep = query.get('keep-git-dir');
  const keepFlag = flagValue('keep-git-dir');
  const isKept = keep === undefined ? undefined : keep === '' || parseBoolean(keep);
  if (isKept !== undefined && keepFlag !== undefined && isKept !== (keepFlag.toLowerCase() === 'true')) {
    return { code, message: 'keep-git-dir of the source and --keep-git-dir contradict each other.' };
  }
  const checksum = query.get('checksum') ?? query.get('commit');
  const checksumFlag = flagValue('checksum');
  if (checksum !== undefined && checksumFlag !== undefined && checksumFlag !== '' && checksum !== checksumFlag) {
    return { code, message: 'The checksum of the source and --checksum are not the same.' };
  }
  return undefined;
}

function prefixed(prefix: string, name: string | undefined): string {
  if (name === undefined || name.startsWith(prefix)) return name ?? '';
  return prefix + name;
}
