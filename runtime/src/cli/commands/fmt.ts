// `fmt`: Dockerfiles laid out as the editor does it. Coracle's own.

import { formatText } from '../../../../language-server/src/format/format.ts';
import { command } from '../command.ts';
import { bool, int, string } from '../flags/types.ts';
import { readDockerfiles, replaceText } from './dockerfiles.ts';

const keywords = ['upper', 'lower', 'keep'] as const;

export const fmt = command({
  usage: '[OPTIONS] [FILE|DIRECTORY|-...]',
  long: 'Lay Dockerfiles out in place, and name the ones that changed. A directory stands for those in it and below, the current one by default; - reads standard input and writes standard output. What a file builds never changes.',
  flags: {
    check: bool('c', 'Change nothing; name the files that would change and exit with status 1 if there are any'),
    indent: int('', 'Columns of continued lines (default 4)', { min: 1, max: 16 }),
    tabs: bool('', 'Indent with tabs'),
    keywords: string('', 'Case of keywords: upper, lower or keep', 'upper'),
  },
  completes: 'files',
  async run({ args, flags, session }) {
    const choice = keywords.find((word) => word === flags.keywords);
    if (choice === undefined) throw new Error(`invalid --keywords "${flags.keywords}": use upper, lower or keep`);
    const options = { tabSize: flags.indent ?? 4, insertSpaces: !flags.tabs, keywords: choice };
    let changed = 0;
    for await (const { name, text } of readDockerfiles(args.length === 0 ? ['.'] : args)) {
      const formatted = formatText(text, options);
      if (formatted === undefined) {
        session.warn(`coracle: ${name}: left alone, since it would not mean the same`);
        continue;
      }
      if (name === '-' && !flags.check) session.write(formatted);
      if (formatted === text) continue;
      changed++;
      if (name === '-') continue;
      if (!flags.check) await replaceText(name, formatted);
      session.print(name);
    }
    return flags.check && changed > 0 ? 1 : 0;
  },
});
