// The processes of a container in the columns of `ps`, for `top`: the host's own `ps` knows none of them.

import type { ProcessState } from '../../../../wasm/src/processes/contract.ts';
import { EngineError } from '../../spec/errors.ts';
import type { ProcessTable } from '../runner.ts';

interface Column {
  readonly title: string;
  readonly value: (process: ProcessState, nowMs: number) => string;
}

const letters = { running: 'R', sleeping: 'S', stopped: 'T', ended: 'Z' } as const;
const clock = (seconds: number): string =>
  [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':');
const seconds = (process: ProcessState): number => Number(process.cpuNs / 1_000_000_000n);
const age = (process: ProcessState, nowMs: number): number => Math.max(0, (nowMs - process.startedAtMs) / 1000);
const usage = (process: ProcessState, nowMs: number): number =>
  age(process, nowMs) === 0 ? 0 : (Number(process.cpuNs) / 1e9 / age(process, nowMs)) * 100;

/** By the names that `ps -o` knows. */
const columns: Readonly<Record<string, Column>> = {
  user: { title: 'USER', value: ({ uid }) => String(uid) },
  uid: { title: 'UID', value: ({ uid }) => String(uid) },
  pid: { title: 'PID', value: ({ pid }) => String(pid) },
  ppid: { title: 'PPID', value: ({ parent }) => String(parent) },
  pgid: { title: 'PGID', value: ({ group }) => String(group) },
  c: { title: 'C', value: (process, nowMs) => String(Math.round(usage(process, nowMs))) },
  pcpu: { title: '%CPU', value: (process, nowMs) => usage(process, nowMs).toFixed(1) },
  rss: { title: 'RSS', value: ({ memoryBytes }) => String(Math.ceil(memoryBytes / 1024)) },
  vsz: { title: 'VSZ', value: ({ memoryBytes }) => String(Math.ceil(memoryBytes / 1024)) },
  stat: { title: 'STAT', value: ({ state }) => letters[state] },
  s: { title: 'S', value: ({ state }) => letters[state] },
  stime: { title: 'STIME', value: ({ startedAtMs }) => new Date(startedAtMs).toISOString().slice(11, 16) },
  start: { title: 'START', value: ({ startedAtMs }) => new Date(startedAtMs).toISOString().slice(11, 16) },
  etime: { title: 'ELAPSED', value: (process, nowMs) => clock(age(process, nowMs)) },
  tty: { title: 'TTY', value: () => '?' },
  time: { title: 'TIME', value: (process) => clock(seconds(process)) },
  comm: { title: 'COMMAND', value: ({ argv }) => (argv[0] ?? '').split('/').at(-1) ?? '' },
  cmd: { title: 'CMD', value: ({ argv }) => argv.join(' ') },
  args: { title: 'COMMAND', value: ({ argv }) => argv.join(' ') },
};
const names: Readonly<Record<string, string>> = {
  '%cpu': 'pcpu',
  command: 'args',
  state: 's',
  tt: 'tty',
  start_time: 'start',
};
const full = ['uid', 'pid', 'ppid', 'c', 'stime', 'tty', 'time', 'cmd'];
const forms: Readonly<Record<string, readonly string[]>> = {
  '-ef': full,
  '-f': full,
  '-e': ['pid', 'tty', 'time', 'cmd'],
  '-A': ['pid', 'tty', 'time', 'cmd'],
  aux: ['user', 'pid', 'pcpu', 'vsz', 'rss', 'tty', 'stat', 'start', 'time', 'args'],
};

/**
 * @param words arguments for `ps`: `-ef`, `aux`, or a list of columns with `-o`
 * @throws EngineError invalidParameter for others
 */
export function processTable(
  processes: readonly ProcessState[],
  words: readonly string[],
  nowMs: number,
): ProcessTable {
  const shown = columnsOf(words);
  return {
    titles: shown.map(({ title }) => title),
    rows: processes.map((process) => shown.map(({ value }) => value(process, nowMs))),
  };
}

function columnsOf(words: readonly string[]): readonly Column[] {
  let wanted: readonly string[] = full;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const list = /^-?e?o(.*)$/.exec(word)?.[1];
    if (list !== undefined) wanted = (list === '' ? (words[++at] ?? '') : list).split(',');
    else if (Object.hasOwn(forms, word)) wanted = forms[word] ?? full;
    else throw unknown(word);
  }
  return wanted.map((name) => {
    const key = name.trim().toLowerCase();
    const own = Object.hasOwn(names, key) ? (names[key] ?? key) : key;
    const column = Object.hasOwn(columns, own) ? columns[own] : undefined;
    if (column === undefined) throw unknown(name);
    return column;
  });
}

function unknown(word: string): EngineError {
  return new EngineError(
    'invalidParameter',
    `ps ${word.slice(0, 40)} is not supported for containers of WebAssembly: use -ef, aux, or -o with ${Object.keys(columns).join(',')}`,
  );
}
