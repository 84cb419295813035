// One row of `stats`.

import { shortId } from '../../spec/ids.ts';
import { bytesSize, humanSize } from '../../text/units.ts';
import type { StatsRow } from '../../text/usage.ts';
import type { ListSpec } from './list.ts';

export function statsSpec(noTrunc: boolean): ListSpec<StatsRow> {
  const percent = (value: number) => `${value.toFixed(2)}%`;
  const name = (row: StatsRow) => row.name || '--';
  const share = (row: StatsRow) => (row.memoryLimit === 0 ? 0 : (row.memory / row.memoryLimit) * 100);
  const pair = (a: number, b: number) => `${humanSize(a, 3)} / ${humanSize(b, 3)}`;
  return {
    type: 'statsContext',
    columns: {
      BlockIO: { header: 'BLOCK I/O', value: (row) => pair(row.read, row.written) },
      CPUPerc: { header: 'CPU %', value: (row) => percent(row.cpuPercent) },
      Container: { header: 'CONTAINER', value: (row) => (noTrunc ? row.container : shortId(row.container)) },
      ID: { header: 'CONTAINER ID', value: (row) => (noTrunc ? row.id : shortId(row.id)) },
      MemPerc: { header: 'MEM %', value: (row) => percent(share(row)) },
      MemUsage: {
        header: 'MEM USAGE / LIMIT',
        value: (row) => `${bytesSize(row.memory)} / ${bytesSize(row.memoryLimit)}`,
      },
      Name: { header: 'NAME', value: name },
      NetIO: { header: 'NET I/O', value: (row) => pair(row.received, row.sent) },
      PIDs: { header: 'PIDS', value: (row) => String(row.pids) },
    },
  };
}
