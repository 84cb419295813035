// The processes of a container as the host's `ps` shows them.

import type { ContainerTopResponse } from '../spec/api/containers.ts';
import { EngineError } from '../spec/errors.ts';
import { conflict, invalid, isRestarting, notRunning } from './errors.ts';
import { publish, type Room } from './room.ts';

const defaultArgs = '-ef';

/**
 * @param psArgs as for `ps`; the columns must contain the pid
 * @throws EngineError conflict when it does not run, invalidParameter for arguments that ask for other things
 */
export async function top(room: Room, ref: string, psArgs: string): Promise<ContainerTopResponse> {
  const container = room.store.find(ref);
  const { state, sandbox } = container;
  if (state.status === 'restarting') throw isRestarting(container.id);
  if (!container.isLive || sandbox === undefined) throw notRunning(container.id);
  const words = (psArgs.trim() === '' ? defaultArgs : psArgs).trim().split(/\s+/);
  checkArgs(words);
  if (sandbox.table !== undefined) {
    const { titles, rows } = await sandbox.table(words);
    publish(room, container, 'top');
    return { Titles: [...titles], Processes: rows.map((row) => [...row]) };
  }
  const [output, pids] = await Promise.all([room.processTable(words), sandbox.processes()]);
  if (pids.length === 0) throw conflict(`container ${container.id} has no processes`);
  const table = parseTable(output, new Set(pids.map(String)));
  publish(room, container, 'top');
  return table;
}

/** `-o pid=NAME` would hide the column that processes are told by. */
function checkArgs(words: readonly string[]): void {
  for (const word of words) {
    for (const [, column = ''] of word.matchAll(/\s*([a-z]*)=\s*/gi)) {
      if (column.toLowerCase() !== 'pid') continue;
      throw invalid(`specifying "${word.slice(0, 32)}" is not allowed`);
    }
    if (word.includes('\0')) throw invalid('invalid ps_args: contains a NUL');
  }
}

function parseTable(output: string, pids: ReadonlySet<string>): ContainerTopResponse {
  const [header = '', ...lines] = output.split('\n').filter((line) => line.trim() !== '');
  const titles = header.trim().split(/\s+/);
  const pidColumn = titles.indexOf('PID');
  if (pidColumn < 0) throw new EngineError('system', "Couldn't find PID field in ps output");
  const processes: string[][] = [];
  let shown = false;
  for (const line of lines) {
    const fields = line.trim().split(/\s+/);
    const pid = fields[pidColumn] ?? '';
    // The lines of threads (`-L`, `-m`) have no pid of their own and belong to the process before them.
    shown = pid === '-' ? shown : pids.has(pid);
    if (shown) processes.push(joinRest(line, titles.length));
  }
  return { Titles: titles, Processes: processes };
}

/** The last column (the command) takes the rest of the line. */
function joinRest(line: string, columns: number): string[] {
  const fields = line.trim().split(/\s+/);
  return [...fields.slice(0, columns - 1), fields.slice(columns - 1).join(' ')];
}
