// A build that cannot go on because of its Dockerfile: the message, and the lines it is about as a frame of the source.

import { EngineError } from '../../spec/errors.ts';
import type { SourceRange } from '../../spec/engine/builds.ts';
import { frame } from '../../spec/dockerfile/frame.ts';
import type { Dockerfile, Span } from '../../spec/dockerfile/tree.ts';

/** @param item the item that it is about, and a span inside it */
export function buildFault(file: Dockerfile, name: string, item: number, span: Span, message: string): EngineError {
  const start = (file.starts[item] ?? 0) + span.start;
  const line = lineOf(file.text, start);
  return new EngineError('invalidParameter', `${name}:${line}: ${message}\n${frame(file.text, line)}`);
}

/** The same for what no builder reads, in the words by which clients of all builders know it. */
export function parseFault(file: Dockerfile, name: string, item: number, span: Span, message: string): EngineError {
  const line = lineOf(file.text, (file.starts[item] ?? 0) + span.start);
  const words = `dockerfile parse error on line ${line}: ${message}`;
  return new EngineError('invalidParameter', `${words}\n${name}:${line}\n${frame(file.text, line)}`);
}

/** What went wrong on the way to what an item names, with the lines that name it behind the words of who could not be reached. */
export function placedError(file: Dockerfile, name: string, item: number, error: EngineError, hint = ''): EngineError {
  const { startLine, endLine } = rangeOf(file, item);
  const message = `${error.message}${hint}\n${name}:${startLine}\n${frame(file.text, startLine, endLine)}`;
  return new EngineError(error.kind, message, { cause: error });
}

/** Lines of an item, from 1. */
export function rangeOf(file: Dockerfile, item: number): SourceRange {
  const start = file.starts[item] ?? 0;
  const found = file.items[item];
  const length = found?.kind === 'instruction' ? lastOffset(found) : (found?.text.length ?? 0);
  return { startLine: lineOf(file.text, start), endLine: lineOf(file.text, start + Math.max(0, length - 1)) };
}

/** Where an instruction ends, with the bodies of its heredocs. */
function lastOffset({ span, heredocs }: Extract<Dockerfile['items'][number], { kind: 'instruction' }>): number {
  return Math.max(span.end, ...heredocs.map(({ endSpan, bodySpan }) => (endSpan ?? bodySpan).end));
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
