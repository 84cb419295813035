// Sources of ADD and COPY that are not files of the context, and the flags that ask something of them.

import type { CopyForm, Fault, Flag, Instruction, Word } from '../tree.ts';
import { addGitFault } from './git.ts';
import { literalValue } from './literal.ts';
import { quote } from '../quote.ts';

const scpPattern = /^[a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:/;
const schemePattern = /^(https?|ssh|git):\/\//i;
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** What a source is: a Git repository, something on the web, or a file of the context. */
export function sourceKind(source: string): 'git' | 'http' | 'file' {
  const scheme = schemePattern.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined) return scpPattern.test(source) ? 'git' : 'file';
  if (scheme !== 'http' && scheme !== 'https') return 'git';
  const path = source.replace(/[?#].*$/s, '');
  if (path.slice(path.indexOf('://') + 3).includes('/') && path.endsWith('.git')) return 'git';
  return /^https?:/.test(source) ? 'http' : 'file';
}

export function addSourceFaults(instruction: Instruction, form: CopyForm, faults: Fault[]): void {
  const flag = (name: string) => instruction.flags.findLast((one) => one.name === name);
  addModeFault(flag('chmod')?.value, faults);
  if (instruction.name === 'COPY') {
    addFromFault(flag('from'), faults);
    for (const source of form.sources) addRemoteFault(source, faults);
  } else {
    addChecksumFaults(flag('checksum'), form, faults);
    for (const source of form.sources) {
      if (sourceKind(literalValue(source) ?? '') === 'git') addGitFault(source, instruction.flags, faults);
    }
  }
}

function addRemoteFault(source: Word, faults: Fault[]): void {
  // A URL is one whatever a variable puts at its end.
  const [first] = source.pieces;
  if (first?.kind !== 'text') return;
  const kind = sourceKind(source.pieces.length === 1 ? first.value : `${first.value}x`);
  if (kind === 'file') return;
  const what = kind === 'git' ? 'a Git repository' : 'a URL';
  faults.push({
    code: 'remote-copy',
    message: `COPY cannot fetch ${what}. ADD can.`,
    span: source.span,
  });
}

function addFromFault(flag: Flag | undefined, faults: Fault[]): void {
  const { value } = flag ?? {};
  if (flag === undefined || value === undefined) return;
  if (value.pieces.some((piece) => piece.kind === 'variable')) {
    const message = 'No variable may stand in --from. Name a stage with FROM $… AS name and copy from it.';
    faults.push({ code: 'from-variable', message, span: value.span });
  }
}

function addModeFault(word: Word | undefined, faults: Fault[]): void {
  const text = literalValue(word);
  if (word === undefined || text === undefined || text === '') return;
  if (/^[0-7]+$/.test(text) && Number.parseInt(text, 8) <= 0o7777) return;
  if (/^[ugoa]*(?:[-+=][ugorwxXst]*)+(?:,[ugoa]*(?:[-+=][ugorwxXst]*)+)*$/.test(text)) return;
  const message = `${quote(text)} is no file mode. One is an octal number up to 7777, such as 0644, or of the form u+x,go-w.`;
  faults.push({ code: 'invalid-mode', message, span: word.span });
}

function addChecksumFaults(flag: Flag | undefined, { sources }: CopyForm, faults: Fault[]): void {
  const value = literalValue(flag?.value);
  if (flag?.value === undefined || value === '') return;
  const { span } = flag.value;
  if (sources.length !== 1) {
    faults.push({ code: 'checksum-sources', message: '--checksum is for exactly one source.', span: flag.span });
    return;
  }
  const source = literalValue(sources[0]);
  if (source === undefined) return;
  const kind = sourceKind(source);
  if (kind === 'file') {
    const message = '--checksum is for what is fetched: a source of http, https or Git.';
    faults.push({ code: 'checksum-sources', message, span: flag.span });
  } else if (kind === 'http' && value !== undefined && !isDigest(value)) {
    const message = `${quote(value)} is no checksum. One is written as sha256: and 64 hexadecimal digits.`;
    faults.push({ code: 'invalid-checksum', message, span });
  }
}

function isDigest(text: string): boolean {
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, colon);
  const digits = text.slice(colon + 1);
  return (
    Object.hasOwn(digestLengths, algorithm) && digits.length === digestLengths[algorithm] && /^[a-f0-9]+$/.test(digits)
  );
}
