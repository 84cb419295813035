// The file of a container's record: the whole of it in the first line, and in each further line what has changed since. To add a line costs a
// fraction of putting a new file in the old one's place, which has the disk give blocks back while the engine's thread waits.

import type { Files } from '../host/host.ts';
import { checkRecord, type ContainerRecord, parseRecord } from './record.ts';

/** Bytes of changes after which the whole record is written again. */
const mostChanges = 64 * 1024;

interface Written {
  readonly record: ContainerRecord;
  /** Length of all lines but the first. */
  readonly changes: number;
}

export interface WriteOptions {
  /** Survives a loss of power once it has resolved. */
  readonly durable: boolean;
  /** Of a container that nobody knows of yet. */
  readonly isNew: boolean;
}

export class RecordFiles {
  readonly #files: Files;
  /** What the file says; of no container whose file may end in half a line. */
  readonly #written = new Map<string, Written>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** One write of a container at a time. @throws EngineError of the disk; what was written before is still there then */
  async write(path: string, record: ContainerRecord, options: WriteOptions): Promise<void> {
    const before = this.#written.get(record.id);
    this.#written.delete(record.id);
    if (before === undefined || options.durable || before.changes > mostChanges) {
      // Where power is lost, a file system may have put an empty file in the place of one that was whole.
      const durable = options.durable || !options.isNew;
      await this.#files.writeAtomic(path, `${JSON.stringify(record)}\n`, { ...options, durable });
      this.#written.set(record.id, { record, changes: 0 });
      return;
    }
    const line = changesLine(before.record, record);
    if (line !== '') await this.#files.append(path, line);
    this.#written.set(record.id, { record, changes: before.changes + line.length });
  }

  forget(id: string): void {
    this.#written.delete(id);
  }
}

/** @returns '' when nothing has changed */
function changesLine(before: ContainerRecord, after: ContainerRecord): string {
  const old = new Map<string, unknown>(Object.entries(before));
  const changed: [string, unknown][] = [];
  for (const [key, value] of Object.entries(after)) {
    if (old.get(key) !== value) changed.push([key, value ?? null]);
    old.delete(key);
  }
  for (const [key, value] of old) if (value !== undefined) changed.push([key, null]);
  return changed.length === 0 ? '' : `${JSON.stringify(Object.fromEntries(changed))}\n`;
}

/**
 * What a line that was cut short would have changed was never told to anybody: it is left out.
 * @throws EngineError dataLoss when the text is no record of `id` that we can read
 */
export function parseRecordFile(text: string, id: string): ContainerRecord {
  const [first = '', ...lines] = text.split('\n');
  const record = parseRecord(first, id);
  const merged = new Map<string, unknown>(Object.entries(record));
  for (const line of lines) {
    const changes = parseChanges(line);
    if (changes === undefined) break;
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) merged.delete(key);
      else merged.set(key, value);
    }
  }
  return checkRecord(Object.fromEntries(merged), id);
}

function parseChanges(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Half a line, or the empty one after the last.
    return undefined;
  }
}
