// What the body of an instruction says, by the instruction's own way of splitting it.

import { isSeparator, isSpace } from './characters.ts';
import { readJson } from './json.ts';
import { sliceLogical, sourceSpan } from './logical.ts';
import { lexWord, plainWord } from './pieces.ts';
import { splitQuotedWords, splitWords } from './words.ts';
import type {
  CommandForm,
  CopyForm,
  Fault,
  Form,
  FromForm,
  HealthcheckForm,
  Heredoc,
  InstructionName,
  JsonForm,
  Logical,
  Pair,
  PairsForm,
  Span,
  Word,
  WordsForm,
} from './tree.ts';

/** What a form is read from. */
export interface FormSource {
  readonly body: Logical;
  readonly escape: string;
  readonly heredocs: readonly Pick<Heredoc, 'span'>[];
  readonly faults: Fault[];
}

type SimpleName = Exclude<InstructionName, 'ONBUILD'>;

/** The form of any instruction but ONBUILD, which holds another instruction. */
export function readForm(name: SimpleName, source: FormSource): Form {
  switch (name) {
    case 'FROM':
      return fromForm(source);
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
    case 'SHELL':
      return commandForm(source.body, source.faults);
    case 'ENV':
    case 'LABEL':
      return pairsForm(name, source);
    case 'ARG':
      return argForm(source);
    case 'ADD':
    case 'COPY':
      return copyForm(source);
    case 'HEALTHCHECK':
      return healthcheckForm(source);
    case 'VOLUME':
      return listForm(source);
    case 'EXPOSE':
      return { kind: 'words', json: undefined, words: words(source) };
    case 'MAINTAINER':
      return oneWord(source, plainWord);
    case 'STOPSIGNAL':
    case 'USER':
    case 'WORKDIR':
      return oneWord(source, lexWord);
  }
}

/** The words of a body that is split at white space, in which nothing is expanded. */
export function plainWords(body: Logical): Word[] {
  return splitWords(body.text).map(({ start, end }) => plainWord(body, start, end));
}

function words({ body, escape, faults }: FormSource): Word[] {
  return splitWords(body.text).map(({ start, end }) => lexWord(body, start, end, escape, faults));
}

/** The whole body is one word, white space and all. */
function oneWord(
  { body, escape, faults }: FormSource,
  lex: (body: Logical, start: number, end: number, escape: string, faults: Fault[]) => Word,
): WordsForm {
  const { length } = body.text;
  return { kind: 'words', json: undefined, words: length === 0 ? [] : [lex(body, 0, length, escape, faults)] };
}

function fromForm({ body, escape, faults }: FormSource): FromForm {
  const [image, as, stageName, ...extra] = splitWords(body.text);
  const plain = (word: Span | undefined) => (word === undefined ? undefined : plainWord(body, word.start, word.end));
  return {
    kind: 'from',
    image: image === undefined ? undefined : lexWord(body, image.start, image.end, escape, faults),
    as: plain(as),
    stageName: plain(stageName),
    extra: extra.map(({ start, end }) => plainWord(body, start, end)),
  };
}

/** @param body the instruction's body, or the part of it that is a command */
function commandForm(body: Logical, faults: Fault[]): CommandForm {
  const { length } = body.text;
  const shell = length === 0 ? undefined : sourceSpan(body, 0, length);
  const json = readJson(body, undefined, faults);
  if (json.kind === 'strings') return { kind: 'command', json: json.form, shell: undefined };
  if (json.kind === 'other') faults.push(notStrings(json.span));
  return { kind: 'command', json: json.kind === 'open' ? json.form : undefined, shell };
}

function notStrings(span: Span): Fault {
  return { code: 'json-not-strings', message: 'In a JSON array only strings may stand here.', span };
}

/** A JSON array, whole or half-typed, of an instruction that else has a list of words. */
function listJson({ body, escape, faults }: FormSource): { json: JsonForm | undefined; isWhole: boolean } {
  const json = readJson(body, escape, faults);
  if (json.kind === 'other') faults.push(notStrings(json.span));
  return {
    json: json.kind === 'strings' || json.kind === 'open' ? json.form : undefined,
    isWhole: json.kind === 'strings' || json.kind === 'other',
  };
}

function listForm(source: FormSource): WordsForm {
  const { json, isWhole } = listJson(source);
  const list = isWhole ? (json?.strings.map((string) => string.word) ?? []) : words(source);
  return { kind: 'words', json, words: list };
}

function copyForm(source: FormSource): CopyForm {
  const { json, isWhole } = listJson(source);
  const list = isWhole ? (json?.strings.map((string) => string.word) ?? []) : words(source);
  const destination = list.at(-1);
  const isHeredoc = ({ span }: Word) =>
    source.heredocs.some((heredoc) => heredoc.span.start === span.start && heredoc.span.end === span.end);
  return {
    kind: 'copy',
    json,
    sources: list.slice(0, -1).filter((word) => !isHeredoc(word)),
    destination: destination === undefined || isHeredoc(destination) ? undefined : destination,
  };
}

function argForm({ body, escape, faults }: FormSource): PairsForm {
  const pairs = splitQuotedWords(body.text, escape).map((word) => pair(body, word, escape, faults));
  return { kind: 'pairs', legacy: false, pairs };
}

function pairsForm(name: 'ENV' | 'LABEL', source: FormSource): PairsForm {
  const { body, escape, faults } = source;
  const [first, ...others] = splitQuotedWords(body.text, escape);
  if (first === undefined) return { kind: 'pairs', legacy: false, pairs: [] };
  if (!body.text.slice(first.start, first.end).includes('=')) return legacyForm(name, source);
  const pairs = [first, ...others].map((word) => {
    const read = pair(body, word, escape, faults);
    if (read.value === undefined) {
      const message = `A = is missing: ${name} has pairs of the form name=value. A value with spaces needs quotes.`;
      faults.push({ code: 'missing-equals', message, span: read.span });
    }
    return read;
  });
  return { kind: 'pairs', legacy: false, pairs };
}

/** `ENV key the whole rest is its value`. */
function legacyForm(name: string, { body, escape, faults }: FormSource): PairsForm {
  const { text } = body;
  let keyEnd = 0;
  while (keyEnd < text.length && !isSeparator(text.charCodeAt(keyEnd))) keyEnd += 1;
  let valueStart = keyEnd;
  while (valueStart < text.length && isSeparator(text.charCodeAt(valueStart))) valueStart += 1;
  const key = lexWord(body, 0, keyEnd, escape, faults);
  const span = sourceSpan(body, 0, text.length);
  if (valueStart === text.length) {
    faults.push({ code: 'missing-value', message: `${name} needs a name and a value: ${name} name=value.`, span });
    return { kind: 'pairs', legacy: true, pairs: [{ span, key, value: undefined }] };
  }
  const value = lexWord(body, valueStart, text.length, escape, faults);
  return { kind: 'pairs', legacy: true, pairs: [{ span, key, value }] };
}

function pair(body: Logical, word: Span, escape: string, faults: Fault[]): Pair {
  const sign = body.text.indexOf('=', word.start);
  const hasValue = sign >= 0 && sign < word.end;
  const keyEnd = hasValue ? sign : word.end;
  return {
    span: sourceSpan(body, word.start, word.end),
    key: lexWord(body, word.start, keyEnd, escape, faults),
    value: hasValue ? lexWord(body, sign + 1, word.end, escape, faults) : undefined,
  };
}

function healthcheckForm({ body, faults }: FormSource): HealthcheckForm {
  const { text } = body;
  let typeEnd = 0;
  while (typeEnd < text.length && !isSpace(text.charCodeAt(typeEnd))) typeEnd += 1;
  if (typeEnd === 0) return { kind: 'healthcheck', type: undefined, command: undefined, extra: [] };
  const type = plainWord(body, 0, typeEnd);
  let rest = typeEnd;
  while (rest < text.length && isSpace(text.charCodeAt(rest))) rest += 1;
  const command = sliceLogical(body, rest, text.length);
  if (type.raw.toUpperCase() === 'CMD') {
    return { kind: 'healthcheck', type, command: commandForm(command, faults), extra: [] };
  }
  return { kind: 'healthcheck', type, command: undefined, extra: plainWords(command) };
}
