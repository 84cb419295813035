// One instruction, from its keyword to the end of its last heredoc.

import { isSeparator, skipSpace, trimEnd } from './characters.ts';
import { addInstructionFaults } from './faults/instruction.ts';
import { readFlags } from './flags.ts';
import { plainWords, readForm } from './forms.ts';
import { announcedHeredocs, readHeredocs } from './heredocs.ts';
import { joinLines } from './lines.ts';
import { sliceLogical, sourceOffset, sourceSpan } from './logical.ts';
import { instructionName } from './names.ts';
import type { Fault, Form, Heredoc, Instruction, InstructionName, Logical, Span } from './tree.ts';

/** ONBUILD in ONBUILD is refused anyway; it is followed so far that what is in it still has its colours. */
const maxDepth = 3;

/** Reads the instruction that begins at `start` of a file. @returns it, and where the file goes on */
export function readInstruction(text: string, start: number, escape: string): { item: Instruction; next: number } {
  const faults: Fault[] = [];
  const { line, comments, emptyLines, next } = joinLines(text, start, escape, faults);
  const head = readHead(line, escape, faults, 0);
  const announced = mayHaveHeredocs(head) ? announcedHeredocs(line) : [];
  const read = readHeredocs(text, next, start, announced, innermost(head).name !== 'RUN', faults);
  const item = finish(head, {
    text: text.slice(start, read.next),
    escape,
    heredocs: read.heredocs,
    comments,
    emptyLines,
    faults,
  });
  return { item, next: read.next };
}

/** An instruction before its body is looked at. */
interface Head extends Pick<Instruction, 'keyword' | 'keywordSpan' | 'name' | 'flags' | 'bodyStart' | 'body'> {
  readonly faults: Fault[];
  readonly trigger: Head | undefined;
}

function readHead(line: Logical, escape: string, faults: Fault[], depth: number): Head {
  const { text } = line;
  const keywordStart = skipSpace(text, 0, text.length);
  const lineEnd = trimEnd(text, keywordStart, text.length);
  let keywordEnd = keywordStart;
  while (keywordEnd < lineEnd && !isSeparator(text.charCodeAt(keywordEnd))) keywordEnd += 1;
  const keyword = text.slice(keywordStart, keywordEnd);
  const { flags, next } = readFlags(line, keywordEnd, escape, faults);
  const bodyStart = Math.min(skipSpace(text, next, lineEnd), lineEnd);
  const body = sliceLogical(line, bodyStart, lineEnd);
  const name = instructionName(keyword);
  const hasTrigger = name === 'ONBUILD' && body.text !== '' && depth < maxDepth;
  return {
    keyword,
    keywordSpan: sourceSpan(line, keywordStart, keywordEnd),
    name,
    flags,
    bodyStart: sourceOffset(line, bodyStart),
    body,
    faults,
    trigger: hasTrigger ? readHead(body, escape, [], depth + 1) : undefined,
  };
}

/** The instruction itself, or the one that ONBUILD keeps. */
function innermost(head: Head): Head {
  return head.trigger ?? head;
}

function mayHaveHeredocs(head: Head): boolean {
  const { name } = innermost(head);
  return (name === 'RUN' || name === 'COPY' || name === 'ADD') && head.body.text.includes('<<');
}

interface Surroundings {
  readonly text: string;
  readonly escape: string;
  readonly heredocs: readonly Heredoc[];
  readonly comments: readonly Span[];
  readonly emptyLines: readonly Span[];
  readonly faults: Fault[];
}

function finish(head: Head, surroundings: Surroundings): Instruction {
  const { text, heredocs, comments, emptyLines, faults } = surroundings;
  const { keyword, keywordSpan, name, flags, bodyStart, body } = head;
  const form = formOf(head, surroundings);
  const end = lastEnd(head, heredocs);
  const span = { start: keywordSpan.start, end };
  const instruction: Instruction = {
    kind: 'instruction',
    text,
    keyword,
    keywordSpan,
    name,
    span,
    flags,
    bodyStart,
    body,
    form,
    heredocs,
    comments,
    emptyLines,
    faults,
  };
  addInstructionFaults(instruction, faults);
  return instruction;
}

function lastEnd({ keywordSpan, flags, body }: Head, heredocs: readonly Heredoc[]): number {
  const last = heredocs.at(-1);
  if (last !== undefined) return last.endSpan?.end ?? last.bodySpan.end;
  if (body.text !== '') return sourceOffset(body, body.text.length);
  return flags.at(-1)?.span.end ?? keywordSpan.end;
}

function formOf(head: Head, surroundings: Surroundings): Form {
  const { escape, heredocs, faults } = surroundings;
  const { name, body } = head;
  if (name === undefined) return { kind: 'unknown', words: plainWords(body) };
  if (name === 'ONBUILD') return { kind: 'onbuild', trigger: triggerOf(head, surroundings) };
  return readForm(name satisfies InstructionName, { body, escape, heredocs, faults });
}

function triggerOf(head: Head, surroundings: Surroundings): Instruction | undefined {
  if (head.trigger === undefined) return undefined;
  const { faults } = head.trigger;
  const trigger = finish(head.trigger, { ...surroundings, comments: [], emptyLines: [], faults });
  for (const fault of faults) surroundings.faults.push(fault);
  return trigger;
}
