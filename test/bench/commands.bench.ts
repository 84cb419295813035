// What a user waits for at a prompt: exec through the API, and `run --rm busybox true` as a whole process.

import { clientEnvironment } from '../helpers/clients.ts';
import { coracleBinary, findDockerCli } from '../helpers/paths.ts';
import { runOk } from '../helpers/run.ts';
import { image, startAll, type Engine } from './engines.ts';
import { interleave, repetitions, report, title, type Subject } from './harness.ts';

async function startSleeper(engine: Engine): Promise<string> {
  const body = { Image: image, Cmd: ['sleep', '6000'], HostConfig: { NetworkMode: 'none' } };
  const { Id } = JSON.parse(await engine.call('POST', '/containers/create', body)) as { Id: string };
  await engine.call('POST', `/containers/${Id}/start`);
  return Id;
}

async function execTrue(engine: Engine, container: string): Promise<void> {
  const body = { Cmd: ['true'], AttachStdout: true, AttachStderr: true };
  const { Id } = JSON.parse(await engine.call('POST', `/containers/${container}/exec`, body)) as { Id: string };
  await engine.call('POST', `/exec/${Id}/start`, { Detach: false, Tty: false });
}

function compare(
  what: string,
  medians: ReadonlyMap<string, { wallMs: number; cpuMs: number }>,
  ratios: Record<string, number>,
): void {
  const own = medians.get('ours');
  if (own === undefined) return;
  for (const [rival, theirs] of medians) {
    if (rival === 'ours') continue;
    const ratio = ratios[rival];
    const target = ratio === undefined ? {} : { ratio };
    report({ what, ours: own.wallMs, theirs: theirs.wallMs, unit: 'ms', rival, ...target });
    report({ what: '  CPU of the engine', ours: own.cpuMs, theirs: theirs.cpuMs, unit: 'ms', rival });
  }
}

const { all, stack } = await startAll();
await using engines = stack;

title('exec of true through the API (medians)');
const execs: Subject[] = [];
for (const engine of all) {
  const container = await startSleeper(engine);
  const cpuMs = (): number => engine.cpu.usedMs();
  execs.push({ name: engine.name, cpuMs, run: async () => execTrue(engine, container) });
}
compare('exec true', await interleave(execs, repetitions(30)), { dockerd: 0.35 });

title('run --rm busybox true as a whole process (medians)');
const docker = findDockerCli() ?? 'docker';
const runs = all.map((engine): Subject => {
  const own = engine.name === 'ours' ? [coracleBinary] : [docker];
  const [command = '', ...flags] = engine.localCommand ?? own;
  const env = engine.localCommand === undefined ? clientEnvironment(engine.host) : {};
  const run = async (): Promise<unknown> => runOk(command, [...flags, 'run', '--rm', image, 'true'], { env });
  return { name: engine.name, cpuMs: () => engine.cpu.usedMs(), run };
});
compare('run --rm busybox true', await interleave(runs, repetitions(20)), { dockerd: 0.3, podman: 0.4 });
await engines.disposeAsync();
process.exit();
