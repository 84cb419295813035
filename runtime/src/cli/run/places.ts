// Where relative paths of flags are found from: the folder that the command line runs in.

import { os, path } from '../../connect/node.ts';
import type { Places } from '../../text/mounts.ts';

export const here: Places = { resolve: (text) => path().resolve(text), home: () => os().homedir() };
