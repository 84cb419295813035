import { existsSync } from 'node:fs';
import { runnerSuite } from '../suites/runner-suite.ts';
import { linuxBench, missing } from './linux-fixture.ts';

runnerSuite('linux, crun', () => linuxBench('crun'), missing());
runnerSuite(
  'linux, runc',
  () => linuxBench('runc'),
  missing() ?? (existsSync('/usr/sbin/runc') ? undefined : 'needs runc'),
);
