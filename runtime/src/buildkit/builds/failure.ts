// Why a build failed, as BuildKit's clients read it: a sentence, and the lines of the Dockerfile that they show a frame of.

import { isEngineError, messageOf } from '../../spec/errors.ts';
import type { BuildEvent, SourceRange } from '../../spec/engine/builds.ts';
import { codes, type Detail, GrpcError, statusOf } from '../grpc/status.ts';

export interface DockerfileText {
  readonly name: string;
  readonly text: string;
}

/** A frame shows a few lines; a whole file of this size would not fit into headers. */
const longestText = 8 * 1024;

/** A failed command in the words of BuildKit; everything else as it is. */
export function failureWords(message: string, exitCode: number | undefined): string {
  const command = exitCode === undefined ? null : /^The command '(.*)' returned a non-zero code: \d+$/s.exec(message);
  if (command === null) return message;
  return `process ${JSON.stringify(command[1])} did not complete successfully: exit code: ${exitCode}`;
}

/** @param source of the step that failed */
export function stepFailure(
  { message, exitCode }: Extract<BuildEvent, { kind: 'failed' }>,
  source: SourceRange | undefined,
  file: DockerfileText | undefined,
): GrpcError {
  return faultOf(failureWords(message, exitCode), source, file);
}

/** A build that could not begin, or a Dockerfile that makes no sense. */
export function refusal(error: unknown, file: DockerfileText | undefined): GrpcError {
  return isEngineError(error) ? faultOf(messageOf(error), undefined, file) : statusOf(error);
}

/** Faults of a Dockerfile bring a frame of theirs; these clients draw their own. */
function faultOf(message: string, source: SourceRange | undefined, file: DockerfileText | undefined): GrpcError {
  const frame = /\n(?:[^\n]*:(\d+)\n)?-{20}\n/.exec(message);
  const words = frame === null ? message : message.slice(0, frame.index);
  const line = Number(frame?.[1] ?? /^(?:dockerfile parse error on line |[^\n:]*:)(\d+)/.exec(words)?.[1] ?? '0');
  const range = source ?? (line > 0 && frame !== null ? { startLine: line, endLine: line } : undefined);
  // Clients put any other code's name in front of the words.
  return new GrpcError(codes.unknown, words, { details: sourceDetails(range, file) });
}

/** BuildKit's own details are JSON of their messages. */
function sourceDetails(source: SourceRange | undefined, file: DockerfileText | undefined): readonly Detail[] {
  if (source === undefined || file === undefined || file.text.length > longestText) return [];
  const value = {
    info: { filename: file.name, data: Buffer.from(file.text).toString('base64'), language: 'Dockerfile' },
    ranges: [{ start: { line: source.startLine }, end: { line: source.endLine } }],
  };
  const typeUrl = 'github.com/moby/buildkit/errdefs.Source+json';
  return [{ typeUrl, value: new TextEncoder().encode(JSON.stringify(value)) }];
}
