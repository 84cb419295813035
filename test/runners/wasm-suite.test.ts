import { runnerSuite } from '../suites/runner-suite.ts';
import { missingWasm, wasmBench } from './wasm-fixture.ts';

runnerSuite('wasm', wasmBench, missingWasm(), { outlivesEngine: false, groups: false, terminal: '/dev/tty' });
