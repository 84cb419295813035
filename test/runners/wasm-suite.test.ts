import { runnerSuite } from '../suites/runner-suite.ts';
import { missingWasi } from '../helpers/wasi-image.ts';
import { wasmBench } from './wasm-fixture.ts';

runnerSuite('wasm', wasmBench, missingWasi(), { outlivesEngine: false, groups: false, terminal: '/dev/tty' });
