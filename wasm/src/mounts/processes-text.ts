// What stands in the files of /proc. https://man7.org/linux/man-pages/man5/proc.5.html

export interface ShownProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly argv: readonly string[];
  readonly uid: number;
  readonly state: 'running' | 'sleeping' | 'stopped' | 'ended';
  readonly startedAtMs: number;
  readonly cpuNs: bigint;
  readonly memoryBytes: number;
}

/** What /proc asks; all of it is called inside. */
export interface ProcessesShown {
  /** The pid of who asks; 0 for who is no process. */
  readonly self: number;
  list(): readonly ShownProcess[];
  /** Its own descriptors that are open. */
  descriptors(): readonly number[];
  /** When the container began, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Bytes that all processes may have together. */
  readonly memoryBytes: number;
  readonly cpus: number;
}

/** Moments in a second, as files of /proc count them on every Linux. */
const ticks = 100;
const pageBytes = 4096;
const states = {
  running: 'R (running)',
  sleeping: 'S (sleeping)',
  stopped: 'T (stopped)',
  ended: 'Z (zombie)',
} as const;

const lines = (list: readonly string[]) => list.map((line) => `${line}\n`).join('');
const kibibytes = (bytes: number) => `${Math.floor(bytes / 1024)} kB`;
const secondsSince = ({ startedAtMs }: ProcessesShown) => Math.max(0, Date.now() - startedAtMs) / 1000;

/** The last part of the program's name, of 15 letters at most, without what would end a field or a line. */
function shortName({ argv }: ShownProcess): string {
  const name = argv[0]?.slice(argv[0].lastIndexOf('/') + 1) ?? '';
  return name.slice(0, 15).replaceAll(/[\p{Cc}()]/gu, '?');
}

function stat(each: ShownProcess, shown: ProcessesShown): string {
  const used = Number(each.cpuNs / BigInt(1_000_000_000 / ticks));
  const began = Math.max(0, Math.round(((each.startedAtMs - shown.startedAtMs) * ticks) / 1000));
  const zeros = (count: number) => Array.from({ length: count }, () => 0);
  return lines([
    [
      each.pid,
      `(${shortName(each)})`,
      states[each.state].slice(0, 1),
      each.parent,
      each.group,
      each.group,
      ...zeros(7),
      used,
      ...zeros(3),
      20,
      0,
      1,
      0,
      began,
      each.memoryBytes,
      Math.ceil(each.memoryBytes / pageBytes),
      ...zeros(28),
    ].join(' '),
  ]);
}

function status(each: ShownProcess): string {
  const { pid, parent, uid, memoryBytes } = each;
  return lines([
    `Name:\t${shortName(each)}`,
    `State:\t${states[each.state]}`,
    `Tgid:\t${pid}`,
    `Pid:\t${pid}`,
    `PPid:\t${parent}`,
    `Uid:\t${[uid, uid, uid, uid].join('\t')}`,
    `VmSize:\t${kibibytes(memoryBytes)}`,
    `VmRSS:\t${kibibytes(memoryBytes)}`,
    'Threads:\t1',
  ]);
}

function memory(shown: ProcessesShown): string {
  const { memoryBytes } = shown;
  const used = shown.list().reduce((sum, each) => sum + each.memoryBytes, 0);
  const free = kibibytes(Math.max(0, memoryBytes - used));
  return lines([
    `MemTotal: ${kibibytes(memoryBytes)}`,
    `MemFree: ${free}`,
    `MemAvailable: ${free}`,
    'SwapTotal: 0 kB',
    'SwapFree: 0 kB',
  ]);
}

function processors({ cpus }: ProcessesShown): string {
  return Array.from({ length: cpus }, (_, index) => `processor\t: ${index}\nmodel name\t: WebAssembly\n\n`).join('');
}

function usage(shown: ProcessesShown): string {
  const used = shown.list().reduce((sum, each) => sum + each.cpuNs, 0n) / BigInt(1_000_000_000 / ticks);
  return lines([
    `cpu  ${used} 0 0 0 0 0 0 0 0 0`,
    `btime ${Math.floor(shown.startedAtMs / 1000)}`,
    `processes ${shown.list().length}`,
  ]);
}

function load(shown: ProcessesShown): string {
  const all = shown.list();
  const running = all.filter(({ state }) => state === 'running').length;
  return lines([`0.00 0.00 0.00 ${running}/${all.length} ${Math.max(0, ...all.map(({ pid }) => pid))}`]);
}

/** Of version 4. `crypto.randomUUID` is not there in a page that came without TLS. https://www.rfc-editor.org/rfc/rfc9562#section-5.4 */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** By their paths in /proc. */
export const systemFiles: ReadonlyMap<string, (shown: ProcessesShown) => string> = new Map([
  ['cpuinfo', processors],
  ['loadavg', load],
  ['meminfo', memory],
  ['stat', usage],
  ['sys/kernel/random/uuid', () => lines([uuid()])],
  ['uptime', (shown) => lines([`${secondsSince(shown).toFixed(2)} 0.00`])],
]);

/** By their names in the directory of a process. */
export const processFiles: ReadonlyMap<string, (each: ShownProcess, shown: ProcessesShown) => string> = new Map([
  ['cmdline', ({ argv }) => argv.map((word) => `${word}\0`).join('')],
  ['comm', (each) => lines([shortName(each)])],
  ['stat', stat],
  [
    'statm',
    ({ memoryBytes }) =>
      lines([`${Math.ceil(memoryBytes / pageBytes)} ${Math.ceil(memoryBytes / pageBytes)} 0 0 0 0 0`]),
  ],
  ['status', status],
]);
