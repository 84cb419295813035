// `--chmod`: permission bits in octal, or changes in the words of chmod(1), of which `X` is for folders and what is executable already.

import { EngineError } from '../../spec/errors.ts';

export interface ModeChange {
  /** Bits that everything gets, also a folder that is made on the way; undefined for changes. */
  readonly octal: number | undefined;
  apply(mode: number, isFolder: boolean): number;
}

const who = { u: { shift: 6, special: 0o4000 }, g: { shift: 3, special: 0o2000 }, o: { shift: 0, special: 0 } };
type Who = keyof typeof who;
const all: readonly Who[] = ['u', 'g', 'o'];
const maximumLength = 256;

/** @throws EngineError invalidParameter */
export function parseChmod(text: string): ModeChange {
  if (/^[0-7]{1,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777) {
    const octal = Number.parseInt(text, 8);
    return { octal, apply: () => octal };
  }
  const changes = text.length > maximumLength ? undefined : parseChanges(text);
  if (changes === undefined) {
    const message = `invalid chmod parameter: ${JSON.stringify(text)}: it is an octal number up to 7777, or changes such as u=rwX,go=rX`;
    throw new EngineError('invalidParameter', message);
  }
  return {
    octal: undefined,
    apply: (mode, isFolder) => changes.reduce((bits, change) => change(bits, isFolder), mode),
  };
}

type Change = (mode: number, isFolder: boolean) => number;

function parseChanges(text: string): readonly Change[] | undefined {
  const changes: Change[] = [];
  for (const clause of text.split(',')) {
    const parts = /^([ugoa]*)((?:[-+=][ugorwxXst]*)+)$/.exec(clause);
    if (parts === null) return undefined;
    const [, named = '', actions = ''] = parts;
    const whose = named === '' || named.includes('a') ? all : all.filter((one) => named.includes(one));
    for (const [, operator = '', permissions = ''] of actions.matchAll(/([-+=])([ugorwxXst]*)/g)) {
      const isCopy = /^[ugo]$/.test(permissions);
      if (!isCopy && /[ugo]/.test(permissions)) return undefined;
      changes.push((mode, isFolder) => change(mode, isFolder, whose, operator, permissions));
    }
  }
  return changes;
}

function change(mode: number, isFolder: boolean, whose: readonly Who[], operator: string, permissions: string): number {
  const isExecutable = isFolder || (mode & 0o111) !== 0;
  let bits = 0;
  let mask = 0;
  for (const one of whose) {
    const { shift, special } = who[one];
    bits |= bitsOf(mode, permissions, isExecutable) << shift;
    if (permissions.includes('s')) bits |= special;
    mask |= (0o7 << shift) | special;
  }
  if (permissions.includes('t')) bits |= 0o1000;
  if (operator === '+') return mode | bits;
  if (operator === '-') return mode & ~bits;
  if (whose.length === all.length) mask |= 0o1000;
  return (mode & ~mask) | bits;
}

function bitsOf(mode: number, permissions: string, isExecutable: boolean): number {
  if (permissions === 'u' || permissions === 'g' || permissions === 'o') return (mode >> who[permissions].shift) & 0o7;
  const has = (letter: string): boolean => permissions.includes(letter);
  const executes = has('x') || (has('X') && isExecutable);
  return (has('r') ? 4 : 0) | (has('w') ? 2 : 0) | (executes ? 1 : 0);
}
