// Runs some test files in this process and writes the outcomes to a file: `test-group.mjs RESULTS FILE...`.

import Mocha from 'mocha';
import { GroupReporter } from '../test/reporter.ts';

const [results, ...files] = process.argv.slice(2);
const mocha = new Mocha({ reporter: GroupReporter, reporterOptions: { results }, timeout: 240_000 });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();
mocha.run((failures) => {
  process.exitCode = failures > 0 ? 1 : 0;
  // A test that leaves a handle open must not hold up the rest. Not at once: while V8 still compiles, Node's exit may wait
  // for it for ever (nodejs/node#54918).
  setTimeout(() => process.exit(), 200).unref();
});
