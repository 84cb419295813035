// ShellCheck as a program: scripts go in with what has a value before them, findings come back in places of the instruction. It
// reads what it is given and no file of the workspace, no `.shellcheckrc` among them.

import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { sourceSpan } from '../../../../runtime/src/spec/dockerfile/logical.ts';
import type { Logical, Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { CheckShell, ShellFinding, ShellScript } from '../findings.ts';

/** What it would say that has no answer in a Dockerfile: which file is sourced, and that ash is checked as dash. */
const senseless = 'SC1090,SC1091,SC2187';

/** Milliseconds for a batch; a script that takes longer was made to. */
const patienceMs = 20_000;
const mostOutput = 32 << 20;
/** Longer scripts are left alone. */
const longest = 1 << 16;
/** Scripts of one process. */
const batchSize = 64;

/** Where ShellCheck is by PATH; undefined where it is not installed. Only absolute folders of PATH are looked into. */
export async function findShellCheck(path = process.env['PATH'] ?? ''): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'shellcheck.exe' : 'shellcheck';
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const program = join(folder, name);
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return undefined;
}

/**
 * Checks with a program. A script that is too long, a batch that takes too long, and a program that fails give no findings.
 * @param program an absolute path, as `findShellCheck` gives it
 */
export function shellCheck(program: string): CheckShell {
  return async (scripts, { signal } = {}) => {
    const results: (readonly ShellFinding[])[] = scripts.map(() => []);
    const checked = [...scripts.entries()].filter(([, { source }]) => source.text.length <= longest);
    const batches: (typeof checked)[] = [];
    for (let start = 0; start < checked.length; start += batchSize)
      batches.push(checked.slice(start, start + batchSize));
    const work = async () => {
      for (let batch = batches.pop(); batch !== undefined && signal?.aborted !== true; batch = batches.pop()) {
        const found = await checkBatch(
          program,
          batch.map(([, script]) => script),
          signal,
        );
        for (const [index, [place]] of batch.entries()) results[place] = found[index] ?? [];
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    return results;
  };
}

async function checkBatch(
  program: string,
  scripts: readonly ShellScript[],
  signal: AbortSignal | undefined,
): Promise<ShellFinding[][]> {
  const texts = scripts.map(toText);
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) {
    const comments = await run(program, ['-'], only, signal);
    return scripts.map((script) => comments.flatMap((comment) => toFinding(comment, script)));
  }
  const folder = await mkdtemp(join(tmpdir(), 'shellcheck-'));
  try {
    const names = texts.map((_, index) => join(folder, String(index)));
    await Promise.all(names.map((name, index) => writeFile(name, texts[index] ?? '', { mode: 0o600 })));
    const comments = await run(program, names, '', signal);
    const byName = new Map<string, Comment[]>(names.map((name) => [name, []]));
    for (const comment of comments) byName.get(comment.file)?.push(comment);
    return scripts.map((script, index) =>
      (byName.get(names[index] ?? '') ?? []).flatMap((comment) => toFinding(comment, script)),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The lines before the script itself. */
function preamble({ shell, variables }: ShellScript): string {
  const exports = variables.filter((name) => /^[A-Za-z_]\w*$/.test(name)).map((name) => `export ${name}=1\n`);
  return `#!/bin/${shell}\n${exports.join('')}`;
}

function toText(script: ShellScript): string {
  return `${preamble(script)}${script.source.text}\n`;
}

interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

interface Comment extends Place {
  readonly file: string;
  readonly level: string;
  readonly code: number;
  readonly message: string;
  readonly fix: { readonly replacements: readonly (Place & { readonly replacement: string })[] } | null;
}

/** Runs the program; its findings, or none where it fails. */
async function run(
  program: string,
  files: readonly string[],
  input: string,
  signal: AbortSignal | undefined,
): Promise<readonly Comment[]> {
  const args = ['--norc', '--format=json1', `--exclude=${senseless}`, '--', ...files];
  const limit = AbortSignal.any([AbortSignal.timeout(patienceMs), ...(signal === undefined ? [] : [signal])]);
  const output = await collect(program, args, input, limit);
  return output === undefined ? [] : readComments(output);
}

function collect(
  program: string,
  args: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      cwd: tmpdir(),
      signal,
      killSignal: 'SIGKILL',
    });
    const parts: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (part: Buffer) => {
      size += part.length;
      if (size > mostOutput) child.kill('SIGKILL');
      else parts.push(part);
    });
    // It may end before it has read everything, and then there is nobody to write to.
    child.stdin.on('error', () => undefined);
    child.on('error', () => resolve(undefined));
    child.on('close', () => resolve(size > mostOutput ? undefined : Buffer.concat(parts).toString()));
    child.stdin.end(input);
  });
}

function readComments(output: string): readonly Comment[] {
  try {
    const { comments } = JSON.parse(output) as { comments?: readonly Comment[] };
    return Array.isArray(comments) ? comments : [];
  } catch {
    // What a killed program has written is no JSON.
    return [];
  }
}

const severities = new Set<string>(['error', 'warning', 'info', 'style']);

function isSeverity(level: string): level is ShellFinding['severity'] {
  return severities.has(level);
}

/** A comment in places of the instruction; nothing where it is about the lines that were put before. */
function toFinding(comment: Comment, script: ShellScript): ShellFinding[] {
  const before = preamble(script).split('\n').length - 1;
  if (comment.line <= before || !isSeverity(comment.level)) return [];
  const places = new Places(script.source, before);
  return [
    {
      code: `SC${comment.code}`,
      severity: comment.level,
      message: comment.message,
      span: places.span(comment),
      edits: (comment.fix?.replacements ?? []).map((each) => ({ span: places.span(each), text: each.replacement })),
    },
  ];
}

/** The way from lines and columns, which count characters, to the instruction. */
class Places {
  readonly #source: Logical;
  readonly #before: number;
  readonly #lines: readonly number[];

  constructor(source: Logical, before: number) {
    this.#source = source;
    this.#before = before;
    this.#lines = [0, ...[...source.text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  span({ line, column, endLine, endColumn }: Place): Span {
    const start = this.#offset(line, column);
    return sourceSpan(this.#source, start, Math.max(start, this.#offset(endLine, endColumn)));
  }

  #offset(line: number, column: number): number {
    const { text } = this.#source;
    let at = this.#lines[line - this.#before - 1] ?? text.length;
    for (let passed = 1; passed < column && at < text.length; passed += 1) {
      at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    }
    return at;
  }
}
