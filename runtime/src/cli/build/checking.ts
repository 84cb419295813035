// `--check`, `# check=error=true`, and the warnings at the end of a build, as docker's build has them.

import type { BuildOptions } from '../../spec/api/builds.ts';
import { type CheckedText, checkedText, inFile } from '../../spec/dockerfile/check-argument.ts';
import { frame } from '../../spec/dockerfile/frame.ts';
import { parseDockerfile } from '../../spec/dockerfile/parse.ts';

/** What one of BuildKit's checks has found. */
export interface Check {
  /** BuildKit's name. */
  readonly rule: string;
  readonly message: string;
  /** From 1. */
  readonly line: number;
  readonly endLine: number;
}

interface CheckedBuild extends Pick<BuildOptions, 'dockerfile' | 'dockerfileText' | 'origin'> {
  readonly buildArgs: Readonly<Record<string, string>>;
}

export class Checking {
  readonly #text: string;
  readonly #path: string;
  readonly #name: string;
  readonly #checked: CheckedText;
  #checks: Promise<readonly Check[]> | undefined;

  constructor({ dockerfileText, dockerfile, origin, buildArgs }: CheckedBuild) {
    this.#text = dockerfileText ?? '';
    this.#checked = checkedText(parseDockerfile(this.#text), buildArgs);
    this.#path = origin?.dockerfile ?? '-';
    this.#name = dockerfile ?? 'Dockerfile';
  }

  begin(): void {
    // Who asks for what was found hears of a failure.
    this.found().catch(() => undefined);
  }

  /** None where the Dockerfile is not here. */
  found(): Promise<readonly Check[]> {
    return (this.#checks ??= this.#text === '' ? Promise.resolve([]) : this.#find());
  }

  async #find(): Promise<readonly Check[]> {
    const { checksOf } = await import('./checks.ts');
    return inFile(await checksOf(this.#path, this.#checked.text), this.#checked);
  }

  /** @throws Error in BuildKit's words where a finding makes the build fail, and there is one */
  async refuse(): Promise<void> {
    if (this.#checked.checks?.error !== true) return;
    const rules = new Set((await this.found()).map(({ rule }) => rule));
    if (rules.size === 0) return;
    const names = [...rules].toSorted().join(', ');
    throw new Error(`lint violation found for rules: ${names}\n${await this.report()}`.trimEnd());
  }

  /** What `--check` says: all findings, each with its lines. */
  async report(): Promise<string> {
    const checks = await this.found();
    if (checks.length === 0) return 'Check complete, no warnings found.\n';
    const count = checks.length === 1 ? 'one warning has' : `${checks.length} warnings have`;
    const each = checks.map(({ rule, message, line, endLine }) => {
      const lines = frame(this.#text, line, endLine);
      return `\nWARNING: ${rule} - ${pageOf(rule)}\n${message}\n${this.#name}:${line}\n${lines}\n`;
    });
    return `Check complete, ${count} been found!\n${each.join('')}`;
  }

  /** What is said at the end of a build. */
  async summary(): Promise<string> {
    const checks = await this.found();
    if (checks.length === 0) return '';
    const count = checks.length === 1 ? '1 warning' : `${checks.length} warnings`;
    const lines = checks.map(({ rule, message, line }) => ` - ${rule}: ${message} (line ${line})\n`);
    return `\n ${count} found (build with --check to see the lines):\n${lines.join('')}`;
  }
}

function pageOf(rule: string): string {
  const name = rule.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase();
  return `https://docs.docker.com/go/dockerfile/rule/${name}/`;
}
