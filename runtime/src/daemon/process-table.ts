// Runs `ps` for `docker top`.

import { execFile } from 'node:child_process';
import { EngineError } from '../spec/errors.ts';

const limits = {
  timeout: 10_000,
  maxBuffer: 32 * 1024 * 1024,
  env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
};

/** @returns what `ps` printed @throws EngineError system with what it said on stderr */
export function processTable(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('ps', [...args], limits, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new EngineError('system', `ps: ${stderr.trim() || error.message}`, { cause: error }));
    });
  });
}
