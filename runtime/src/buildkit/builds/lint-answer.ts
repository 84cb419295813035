// What `--check` and `--call=lint` of buildx are answered: BuildKit's checks of a Dockerfile, in its JSON and as text.

import { EngineError, messageOf } from '../../spec/errors.ts';
import type { DockerfileText } from './failure.ts';

/** A finding about a Dockerfile; lines from 1. */
export interface LintFinding {
  /** Names of the rules that found it; BuildKit's own are in camel case. */
  readonly ids: readonly string[];
  readonly message: string;
  readonly line: number;
  readonly endLine: number;
}

export type Linter = (text: string, signal: AbortSignal) => Promise<readonly LintFinding[]>;

export const lintRequest = 'frontend.lint';
const version = '1.0.0';
const pages = 'https://docs.docker.com/go/dockerfile/rule/';

/** @param fault why a build of it could not begin; undefined where it could */
export function lintAnswer(
  file: DockerfileText,
  findings: readonly LintFinding[],
  fault: unknown,
): ReadonlyMap<string, Uint8Array> {
  const warnings = findings.flatMap(warningOf);
  const [words = ''] = fault === undefined ? [] : messageOf(fault).split('\n');
  const line = Number(/^(?:dockerfile parse error on line |[^\n:]*:)(\d+)/.exec(words)?.[1] ?? '1');
  const buildError = fault === undefined ? {} : { buildError: { message: words, location: locationOf(line, line) } };
  const source = {
    filename: file.name,
    language: 'Dockerfile',
    data: Buffer.from(file.text).toString('base64'),
  };
  const isBad = warnings.length > 0 || fault !== undefined;
  const parts = {
    'result.json': JSON.stringify({ warnings, sources: [source], ...buildError }, undefined, 2),
    'result.txt': warnings.map(({ ruleName, detail }) => `\nWARNING: ${ruleName}\n${detail}\n`).join(''),
    'result.statuscode': isBad ? '1' : '0',
    version,
  };
  return new Map(Object.entries(parts).map(([name, text]) => [name, new TextEncoder().encode(text)]));
}

function warningOf({ ids, message, line, endLine }: LintFinding) {
  const ruleName = ids.find((id) => /^[A-Z][A-Za-z]+$/.test(id));
  if (ruleName === undefined) return [];
  const page = ruleName.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase();
  return [
    { ruleName, description: message, url: `${pages}${page}/`, detail: message, location: locationOf(line, endLine) },
  ];
}

function locationOf(line: number, endLine: number) {
  return { ranges: [{ start: { line }, end: { line: endLine } }] };
}

/** @throws EngineError notImplemented for any other question about a Dockerfile */
export function checkRequest(name: string): void {
  if (name === lintRequest) return;
  const words = `--call=${name.replace(/^frontend\./, '')} is not supported: use --check or --call=lint`;
  throw new EngineError('notImplemented', words);
}
