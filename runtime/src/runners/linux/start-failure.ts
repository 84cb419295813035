// Turns what a runtime logged when a start failed into the sentence and the exit code that Docker's users and clients
// know: 127 not found, 126 not executable, 128 anything else. The docker CLI matches these sentences, letter case included.

import type { EngineError } from '../../spec/errors.ts';
import type { StartFailure } from '../runner.ts';
import { startFailure } from '../start-sentence.ts';

/** Prefixes of runc that ours repeats. */
const runtimePrefixes =
  /^(?:runc (?:run|create) failed: |exec failed: |unable to start container process: |error during container init: )+/;

/**
 * @param log what the runtime wrote, one message a line, plain or JSON
 * @param argv the command that was to be started
 * @returns EngineError with a StartFailure as its cause: invalidParameter with 126 and 127, else system
 */
export function startError(kind: 'container' | 'exec', log: string, argv: readonly string[]): EngineError {
  const found = classify(lastMessage(log), argv[0] ?? '');
  const advice = notADirectory.test(found.text)
    ? ': Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type'
    : '';
  return startFailure(kind, found, advice);
}

const notADirectory = /not a directory/;

function classify(message: string, command: string): StartFailure {
  const exec = `exec: ${JSON.stringify(command)}: `;
  if (/^executable file `.*` not found in \$PATH/.test(message)) {
    const text = command.includes('/')
      ? `${exec}stat ${command}: no such file or directory`
      : `${exec}executable file not found in $PATH`;
    return { exitCode: 127, text };
  }
  if (message === 'open executable: Permission denied') return { exitCode: 126, text: `${exec}permission denied` };
  // crun says EPERM for what is no regular file.
  if (message === 'open executable: Operation not permitted') {
    return command === ''
      ? { exitCode: 127, text: `${exec}executable file not found in $PATH` }
      : { exitCode: 126, text: `${exec}is a directory: permission denied` };
  }
  const text = lowerErrno(message.replace(runtimePrefixes, ''));
  if (text.includes('permission denied')) return { exitCode: 126, text };
  if (text.includes('is a directory')) return { exitCode: 126, text: `${text}: permission denied` };
  if (/executable file not found|no such file or directory|not a directory/.test(text)) return { exitCode: 127, text };
  return { exitCode: 128, text: text === '' ? 'the runtime failed without a message' : text };
}

/** C's errno texts begin with a capital, Go's do not. */
function lowerErrno(text: string): string {
  return text.replace(/: ([A-Z])([a-z' -]+)$/, (_, first: string, rest: string) => `: ${first.toLowerCase()}${rest}`);
}

function lastMessage(log: string): string {
  const messages = log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(messageOfLine);
  return messages.findLast((text) => text !== '') ?? '';
}

function messageOfLine(line: string): string {
  const trimmed = line.trim();
  if (trimmed.startsWith('{')) {
    try {
      const parsed: unknown = JSON.parse(trimmed);
      if (typeof parsed === 'object' && parsed !== null && 'msg' in parsed) return String(parsed.msg);
    } catch {
      return trimmed;
    }
  }
  const logfmt = /\bmsg="((?:[^"\\]|\\.)*)"/.exec(trimmed);
  if (logfmt?.[1] !== undefined) return logfmt[1].replaceAll('\\"', '"');
  // crun's plain form: `<time>: <message>`
  return trimmed.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z?: /, '');
}
