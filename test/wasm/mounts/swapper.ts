// A process beside the container that has the same folder: it puts links in the place of directories, and moves directories out and in again, as
// fast as it can. Says a word after each hundred rounds.

import { renameSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '', outside = ''] = process.argv.slice(2);
const at = (name: string) => join(folder, name);
for (let round = 1; ; round++) {
  renameSync(at('x'), at('parked'));
  renameSync(at('link'), at('x'));
  renameSync(at('x'), at('link'));
  renameSync(at('parked'), at('x'));
  renameSync(at('deep/er'), join(outside, 'er'));
  renameSync(join(outside, 'er'), at('deep/er'));
  if (round % 100 === 0) process.stdout.write('.');
}
