// Changes to an image's configuration in the words of a Dockerfile, as `commit --change` and `import --change` take them:
// CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR. No FROM, RUN, COPY and their kin.

import type { ContainerConfig, HealthConfig } from './api/containers.ts';
import { EngineError } from './errors.ts';

type Change = (config: ContainerConfig, rest: string) => ContainerConfig;

const changes: Readonly<Record<string, Change>> = {
  CMD: (config, rest) => ({ ...config, Cmd: command(config, rest) }),
  ENTRYPOINT: (config, rest) => ({ ...config, Entrypoint: command(config, rest) }),
  ENV: (config, rest) => ({ ...config, Env: withPairs(config.Env ?? [], pairs('ENV', rest)) }),
  EXPOSE: (config, rest) => ({ ...config, ExposedPorts: { ...config.ExposedPorts, ...exposed(rest) } }),
  HEALTHCHECK: (config, rest) => ({ ...config, Healthcheck: healthcheck(rest) }),
  LABEL: (config, rest) => ({ ...config, Labels: { ...config.Labels, ...Object.fromEntries(pairs('LABEL', rest)) } }),
  ONBUILD: (config, rest) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), trigger(rest)] }),
  STOPSIGNAL: (config, rest) => ({ ...config, StopSignal: single('STOPSIGNAL', rest) }),
  USER: (config, rest) => ({ ...config, User: single('USER', rest) }),
  VOLUME: (config, rest) => ({ ...config, Volumes: { ...config.Volumes, ...volumes(rest) } }),
  WORKDIR: (config, rest) => ({ ...config, WorkingDir: workingDirectory(config, rest) }),
};

/**
 * @param lines one instruction each; a line may hold several, parted by newlines
 * @throws EngineError invalidParameter for anything else
 */
export function applyChanges(config: ContainerConfig, lines: readonly string[]): ContainerConfig {
  let result = config;
  for (const line of lines.flatMap(logicalLines)) {
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(line) ?? [];
    const key = name.toUpperCase();
    const change = Object.hasOwn(changes, key) ? changes[key] : undefined;
    if (change === undefined) throw invalid(`${key} is not a valid change command`);
    if (rest === '') throw invalid(`${key} requires at least one argument`);
    result = change(result, expandable.includes(key) ? expand(rest, result.Env ?? []) : rest);
  }
  return result;
}

/** Where `$NAME` stands for a value of the environment. */
const expandable = ['ENV', 'EXPOSE', 'LABEL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'];

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}

function logicalLines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
}

function expand(text: string, env: readonly string[]): string {
  const values = new Map(env.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
  return text.replace(
    /\\(\$)|\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (_, escaped: string | undefined, plain: string | undefined, braced: string, operator: string, word: string) => {
      if (escaped !== undefined) return '$';
      const value = values.get(plain ?? braced) ?? '';
      if (operator === '-') return value === '' ? word : value;
      if (operator === '+') return value === '' ? '' : word;
      return value;
    },
  );
}

/** `["a","b"]`, or a line for the shell. */
function command(config: ContainerConfig, rest: string): readonly string[] {
  return jsonList(rest) ?? [...shellOf(config), rest];
}

function shellOf(config: ContainerConfig): readonly string[] {
  return config.Shell === undefined || config.Shell === null || config.Shell.length === 0
    ? ['/bin/sh', '-c']
    : config.Shell;
}

function jsonList(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Words with their quotes taken off: `a="b c" d='e'`. */
function words(text: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\' && quote !== "'" && at + 1 < text.length) {
      at += 1;
      const next = text.charAt(at);
      word = (word ?? '') + (quote === '"' && !['"', '\\', '$'].includes(next) ? `\\${next}` : next);
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== '')
    throw invalid(
      `unexpected end of statement while looking for matching ${quote === '"' ? 'double' : 'single'}-quote`,
    );
  if (word !== undefined) found.push(word);
  return found;
}

/** `KEY=value KEY=value`, or the old `KEY the rest`. */
function pairs(name: string, rest: string): [string, string][] {
  const first = /^\S+/.exec(rest)?.[0] ?? '';
  if (!first.includes('=')) {
    const old = /^(\S+)\s+([\s\S]+)$/.exec(rest);
    if (old === null) throw invalid(`${name} must have two arguments`);
    return [[old[1] ?? '', old[2] ?? '']];
  }
  return words(rest).map((word) => {
    const equals = word.indexOf('=');
    if (equals <= 0) throw invalid(`Syntax error - can't find = in "${word}". Must be of the form: name=value`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function withPairs(env: readonly string[], added: readonly [string, string][]): readonly string[] {
  const result = new Map(env.map((entry) => [entry.split('=', 1)[0] ?? '', entry]));
  for (const [key, value] of added) result.set(key, `${key}=${value}`);
  return [...result.values()];
}

function exposed(rest: string): Record<string, Record<string, never>> {
  const ports: Record<string, Record<string, never>> = {};
  for (const word of words(rest)) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || first > last || last > 65535) throw invalid(`Invalid containerPort: ${word}`);
    for (let port = first; port <= last; port++) ports[`${port}/${(match[3] ?? 'tcp').toLowerCase()}`] = {};
  }
  return ports;
}

function volumes(rest: string): Record<string, Record<string, never>> {
  const paths = jsonList(rest) ?? words(rest);
  if (paths.some((path) => path.trim() === '')) throw invalid('VOLUME specified can not be an empty string');
  return Object.fromEntries(paths.map((path) => [path, {}]));
}

function workingDirectory(config: ContainerConfig, rest: string): string {
  const path = single('WORKDIR', rest);
  return path.startsWith('/') ? path : `${(config.WorkingDir ?? '').replace(/\/$/, '')}/${path}`;
}

function single(name: string, rest: string): string {
  const [word, ...more] = words(rest);
  if (word === undefined || more.length > 0) throw invalid(`${name} requires exactly one argument`);
  return word;
}

function trigger(rest: string): string {
  const name = (rest.split(/\s/, 1)[0] ?? '').toUpperCase();
  if (name === 'ONBUILD') throw invalid("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (name === 'FROM' || name === 'MAINTAINER') throw invalid(`${name} isn't allowed as an ONBUILD trigger`);
  return rest;
}

const durations: Readonly<Record<string, 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval'>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
};

function healthcheck(rest: string): HealthConfig {
  let text = rest;
  let result: HealthConfig = {};
  for (let flag = /^--([a-z-]+)=(\S+)\s+/.exec(text); flag !== null; flag = /^--([a-z-]+)=(\S+)\s+/.exec(text)) {
    const [whole, name = '', value = ''] = flag;
    text = text.slice(whole.length);
    const key = Object.hasOwn(durations, name) ? durations[name] : undefined;
    if (key !== undefined) result = { ...result, [key]: nanoseconds(value) };
    else if (name === 'retries' && /^\d+$/.test(value)) result = { ...result, Retries: Number(value) };
    else throw invalid(`Unknown flag: ${name}`);
  }
  const [, kind = '', command = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  if (kind.toUpperCase() === 'NONE') return { Test: ['NONE'] };
  if (kind.toUpperCase() !== 'CMD') throw invalid(`Unknown type "${kind.toUpperCase()}" in HEALTHCHECK (try CMD)`);
  if (command === '') throw invalid('Missing command after HEALTHCHECK CMD');
  const list = jsonList(command);
  return { ...result, Test: list === undefined ? ['CMD-SHELL', command] : ['CMD', ...list] };
}

const unitNs: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 };

function nanoseconds(text: string): number {
  if (!/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(text)) throw invalid(`time: invalid duration "${text}"`);
  let total = 0;
  for (const [, amount, unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)) {
    total += Number(amount) * (unitNs[unit] ?? 0);
  }
  return total;
}
