// GET /containers/json with a thousand containers of which fifty run.

import { image, startOurs, importBusybox } from './engines.ts';
import { interleave, repetitions, report, title } from './harness.ts';

const total = 1000;
const running = 50;

await using ours = await startOurs();
await importBusybox(ours);
for (let index = 0; index < total; index++) {
  const body = {
    Image: image,
    Cmd: ['sleep', '6000'],
    HostConfig: { NetworkMode: index < running ? 'bridge' : 'none' },
  };
  const { Id } = JSON.parse(await ours.call('POST', '/containers/create', body)) as { Id: string };
  if (index < running) await ours.call('POST', `/containers/${Id}/start`);
}
title(`the list of ${total} containers, ${running} running (medians)`);
const cpuMs = (): number => ours.cpu.usedMs();
const medians = await interleave(
  [
    { name: 'all', cpuMs, run: async () => ours.call('GET', '/containers/json?all=1') },
    { name: 'running', cpuMs, run: async () => ours.call('GET', '/containers/json') },
  ],
  repetitions(30),
);
report({ what: 'all', ours: medians.get('all')?.wallMs ?? Number.NaN, unit: 'ms', limit: 30 });
report({ what: 'running', ours: medians.get('running')?.wallMs ?? Number.NaN, unit: 'ms', limit: 30 });
await ours[Symbol.asyncDispose]();
process.exit();
