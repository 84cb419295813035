// The extension's trees over a real engine: activation, lists and rows of a thousand containers, a burst of events, and the cost of
// looking on while nothing happens. The rival is what an extension over the docker command line does: a process for each list,
// again half a second after the last event, and once a minute.

import { execFile, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { EngineModel } from '../../extension/src/model/engine-model.ts';
import { UsageWatch } from '../../extension/src/model/usage-watch.ts';
import { containerRows, imageRows, networkRows, type Row, volumeRows } from '../../extension/src/views/rows.ts';
import { findDockerCli, nodeBinary } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { descendants, image, startOurs, importBusybox } from './engines.ts';
import { interleave, median, processCpuMs, repetitions, report, title } from './harness.ts';

const total = 1000;
const running = 50;
const idleMs = 20_000;
const rival = 'docker CLI';
const debounceMs = 500;
const frameMs = 16;
const docker = findDockerCli();
const execute = promisify(execFile);

/** Own CPU time with that of ended children, which the kernel counts in ticks of 10 ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (user + system) / 1000 + (Number(fields[13]) + Number(fields[14])) * 10;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Of objects that are alive. */
function heapKb(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1024;
}

interface Activation {
  readonly loadMs: number;
  readonly activateMs: number;
  readonly cpuMs: number;
  readonly touched: readonly string[];
}

function activate(...flags: string[]): Activation {
  const program = join(import.meta.dirname, 'activate-extension.ts');
  const { stdout, stderr, status } = spawnSync(nodeBinary, [program, ...flags], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the extension was not activated: ${stderr}`);
  return JSON.parse(stdout) as Activation;
}

title('activation, each in a process of its own (medians)');
const pairs = Array.from({ length: repetitions(15) }, () => ({ whole: activate(), own: activate('--in-host') }));
const activations = pairs.map(({ whole }) => whole);
const loadMs = median(activations.map((each) => each.loadMs));
const activateMs = median(activations.map((each) => each.activateMs));
const ownMs = median(pairs.map(({ own }) => own.loadMs + own.activateMs));
report({ what: 'loading the scripts', ours: loadMs, unit: 'ms' });
report({ what: 'activate()', ours: activateMs, unit: 'ms' });
report({ what: 'both', ours: loadMs + activateMs, unit: 'ms', limit: 50 });
report({ what: 'CPU time of both', ours: median(activations.map(({ cpuMs: ms }) => ms)), unit: 'ms' });
report({ what: "both where Node's own modules are loaded already, as in an extension host", ours: ownMs, unit: 'ms' });
const touched = new Set(activations.flatMap((each) => each.touched));
report({ what: 'calls to files, sockets and processes in it', ours: touched.size, unit: '', limit: 0 });
for (const call of touched) console.log(`    ${call}`);

await using ours = await startOurs();
await importBusybox(ours);
const ids: string[] = [];
for (let index = 0; index < total; index++) {
  const body = { Image: image, Cmd: ['sleep', '6000'], HostConfig: { NetworkMode: 'none' } };
  const { Id } = JSON.parse(await ours.call('POST', `/containers/create?name=c${index}`, body)) as { Id: string };
  ids.push(Id);
  if (index < running) await ours.call('POST', `/containers/${Id}/start`);
}

/** Counts what it asks for. */
let requests = 0;
const client = new EngineClient(parseEndpoint(ours.host));
for (const noun of ['containers', 'images', 'volumes', 'networks'] as const) {
  const nounClient: { list: (...args: never[]) => unknown } = client[noun];
  const list = nounClient.list.bind(nounClient);
  nounClient.list = (...args) => {
    requests += 1;
    return list(...args);
  };
}
const heapBefore = heapKb();
using model = new EngineModel({ client, startsByItself: () => false });
let watch = model.watch();
const isConnected = () => Promise.resolve(model.state === 'connected');
await until('the model is connected', isConnected);
const heapOfModel = heapKb() - heapBefore;

const plain = { filter: '', sort: 'name' };
function rows(): readonly Row[] {
  const { lists } = model;
  const containers = containerRows(lists, { ...plain, groupBy: 'none', label: '' });
  return [containers, imageRows(lists, plain), volumeRows(lists, plain), networkRows(lists, plain)].flat();
}

/** As an extension over the command line looks: a process for each list, all at once. @returns the output for containers */
async function look(): Promise<string> {
  const env = { ...process.env, DOCKER_HOST: ours.host };
  const commands = [
    ['ps', '-a', '--no-trunc'],
    ['images', '--no-trunc'],
    ['volume', 'ls'],
    ['network', 'ls'],
  ];
  const lists = await Promise.all(
    commands.map(async (command) => {
      const args = [...command, '--format', '{{json .}}'];
      const { stdout } = await execute(docker ?? '', args, { env, maxBuffer: 64 * 1024 * 1024 });
      const lines = stdout.split('\n').filter((line) => line !== '');
      return { stdout, things: lines.map((line) => JSON.parse(line) as unknown) };
    }),
  );
  return lists[0]?.stdout ?? '';
}

title('memory in the extension host: of live objects, beside what it has anyway');
report({ what: `the model of ${total} containers`, ours: heapOfModel, unit: 'kB' });
const shownRows = rows();
report({ what: `with all ${shownRows.length} rows`, ours: heapKb() - heapBefore, unit: 'kB' });

title(`lists of ${total} containers, ${running} running, images, volumes and networks (medians)`);
const medians = await interleave(
  [
    { name: 'ours', cpuMs: () => cpuMs() + ours.cpu.usedMs(), run: () => model.refresh() },
    ...(docker === undefined ? [] : [{ name: rival, cpuMs: () => cpuMs() + ours.cpu.usedMs(), run: look }]),
  ],
  repetitions(20),
);
const refresh = medians.get('ours') ?? { wallMs: Number.NaN, cpuMs: Number.NaN };
const spawned = medians.get(rival) ?? { wallMs: Number.NaN, cpuMs: Number.NaN };
report({ what: 'a refresh', ours: refresh.wallMs, theirs: spawned.wallMs, unit: 'ms', rival, ratio: 0.25 });
report({ what: 'CPU of it, engine and extension', ours: refresh.cpuMs, theirs: spawned.cpuMs, unit: 'ms', rival });
const made = await interleave([{ name: 'rows', run: () => Promise.resolve(rows().length) }], repetitions(20));
report({
  what: `all ${shownRows.length} rows`,
  ours: made.get('rows')?.wallMs ?? Number.NaN,
  unit: 'ms',
  limit: frameMs,
});

interface Burst {
  /** From the last event to the list that tells of it. */
  readonly lateMs: number;
  readonly cpuMs: number;
}

/** A thousand events: each container gets another name. */
async function burst(round: string, isShown: () => boolean): Promise<Burst> {
  const before = cpuMs() + ours.cpu.usedMs();
  await Promise.all(
    Array.from({ length: 8 }, async (_, lane) => {
      for (let index = lane; index < total; index += 8) {
        await ours.call('POST', `/containers/${ids[index]}/rename?name=${round}${index}`);
      }
    }),
  );
  const last = performance.now();
  await until('the last name is shown', () => Promise.resolve(isShown()), { everyMs: 5 });
  const lateMs = performance.now() - last;
  await sleep(300);
  return { lateMs, cpuMs: cpuMs() + ours.cpu.usedMs() - before };
}

title(`a burst of ${total} events`);
const told: number[] = [];
using _listening = model.onChange(() => void told.push(performance.now()));
requests = 0;
const seen = (round: string) =>
  model.lists.containers.filter(({ Names }) => Names?.[0]?.startsWith(`/${round}`)).length;
const burstOfOurs = await burst('ours', () => seen('ours') === total);
const gaps = told.slice(1).map((at, index) => at - (told[index] ?? 0));
const changes = told.length;
const asked = requests;
watch[Symbol.dispose]();
let burstOfTheirs: Burst = { lateMs: Number.NaN, cpuMs: Number.NaN };
let looks = 0;
if (docker !== undefined) {
  const env = { ...process.env, DOCKER_HOST: ours.host };
  const events = spawn(docker, ['events', '--format', '{{json .}}'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  // It says nothing once it listens.
  await sleep(1000);
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  events.stdout.on('data', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      looks += 1;
      void look().then((output) => (text = output));
    }, debounceMs);
  });
  burstOfTheirs = await burst('theirs', () => text.split('"Names":"theirs').length === total + 1);
  events.kill();
}
report({ what: 'change notifications', ours: changes, unit: '' });
report({ what: 'least time between two', ours: Math.min(...gaps), unit: 'ms', limit: frameMs, moreIsBetter: true });
report({ what: 'lists asked for', ours: asked, theirs: looks * 4, unit: '', rival });
report({
  what: 'last event to the list that shows it',
  ours: burstOfOurs.lateMs,
  theirs: burstOfTheirs.lateMs,
  unit: 'ms',
  rival,
  ratio: 0.5,
});
report({ what: 'CPU with the renames', ours: burstOfOurs.cpuMs, theirs: burstOfTheirs.cpuMs, unit: 'ms', rival });

title(`looking on for ${idleMs / 1000} s, ${running} of ${total} containers running: share of one core`);
/** @returns percent of one core, of the extension's side and of the engine's */
async function lookOn(): Promise<{ readonly extension: number; readonly engine: number }> {
  await sleep(1500);
  const pids = descendants(ours.pid);
  const [own, engine] = [cpuMs(), processCpuMs(pids)];
  await sleep(idleMs);
  return { extension: ((cpuMs() - own) / idleMs) * 100, engine: ((processCpuMs(pids) - engine) / idleMs) * 100 };
}
const nobody = await lookOn();
report({ what: 'nobody looks: engine', ours: nobody.engine, unit: '%' });
watch = model.watch();
await until('the model is connected again', isConnected);
const watched = await lookOn();
const minutely = spawned.cpuMs / 600;
report({ what: 'trees watched: extension', ours: watched.extension, unit: '%', limit: 1 });
report({ what: 'trees watched: engine', ours: watched.engine, unit: '%', limit: 1 });
report({
  what: 'trees watched: both, beside a look a minute',
  ours: watched.extension + watched.engine - nobody.engine,
  theirs: minutely,
  unit: '%',
  rival,
});
let newsOfUsage = 0;
const usage = new UsageWatch(client, () => (newsOfUsage += 1));
usage.follow(model.lists.containers.filter(({ State }) => State === 'running').map(({ Id }) => Id ?? ''));
const used = await lookOn();
report({ what: 'CPU and memory shown besides: extension', ours: used.extension, unit: '%', limit: 1 });
report({ what: 'CPU and memory shown besides: engine', ours: used.engine, unit: '%', limit: 1 });
report({ what: 'redraws of rows for it', ours: newsOfUsage, unit: '' });
usage[Symbol.dispose]();
watch[Symbol.dispose]();
await ours[Symbol.asyncDispose]();
process.exit();
