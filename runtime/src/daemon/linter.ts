// The linter of Dockerfiles, for clients that ask the engine: a program of its own, our command line's, since few ask and no start of the
// engine should load it.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../spec/errors.ts';
import { array, integer, object, string } from '../spec/decode.ts';
import { parseJson } from '../spec/decode.ts';

interface Finding {
  readonly ids?: readonly string[];
  readonly message?: string;
  readonly line?: number;
  readonly endLine?: number;
}

const findings = array(object<Finding>({ ids: array(string), message: string, line: integer, endLine: integer }));

/** Of a whole run, in ms and bytes. */
const patienceMs = 30_000;
const longestReport = 16 * 1024 * 1024;

export async function lintDockerfile(text: string, signal: AbortSignal) {
  const report = await run(text, signal);
  return findings(parseJson(report), '').map(({ ids = [], message = '', line = 1, endLine = line }) => ({
    ids,
    message,
    line,
    endLine,
  }));
}

/** Beside the bundle; from sources it runs as it is. @throws EngineError unavailable */
function program(): string {
  const here = import.meta.dirname;
  const found = [join(here, 'coracle.mjs'), join(here, '../cli/main.ts')].find((path) => existsSync(path));
  if (found !== undefined) return found;
  const why = `the linter is not in ${here}: start the engine anew if it was updated meanwhile, or run npm run build`;
  throw new EngineError('unavailable', why);
}

function run(text: string, signal: AbortSignal): Promise<string> {
  const args = [program(), 'lint', '--format', 'json', '--no-fail', '--no-shellcheck', '-'];
  // No configuration of whoever started the engine counts.
  const options = { cwd: '/', env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent' }, signal, timeout: patienceMs };
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, args, { ...options, maxBuffer: longestReport }, (cause, output) => {
      if (cause === null) resolve(output);
      else reject(new EngineError('system', `the linter failed: ${cause.message}`, { cause }));
    });
    // A program that ends early is told of by its end.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(text);
  });
}
