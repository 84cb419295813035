// `search`: images of Docker Hub, or of the registry that the term begins with.

import type { ImageSearchResult } from '../../spec/api/images.ts';
import { visible } from '../../text/output-lines.ts';
import { ellipsis } from '../../text/units.ts';
import { command } from '../command.ts';
import { bool, filter, int, string } from '../flags/types.ts';
import { formatList } from '../format/list.ts';
import type { ListSpec } from '../format/list.ts';
import { formatHelp } from './list-flags.ts';

const table = '{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}';

export const search = command({
  usage: '[OPTIONS] TERM',
  long: `Search Docker Hub for images

REGISTRY/TERM searches another registry: where that has no search of its own,
among the names that it lists.`,
  args: { min: 1, max: 1 },
  flags: {
    filter: filter(),
    format: string('', formatHelp),
    limit: int('', 'Max number of search results', { min: 0 }),
    'no-trunc': bool('', "Don't truncate output"),
  },
  async run({ args: [term = ''], flags, session }) {
    const client = await session.client();
    const query = { term, limit: flags.limit, filters: flags.filter };
    const results = await client.images.search(query, await session.authAt(registryOf(term)));
    results.sort((a, b) => (b.star_count ?? 0) - (a.star_count ?? 0));
    session.write(formatList(searchSpec(flags['no-trunc']), results, { format: flags.format, table }));
  },
});

/** As the engine takes it apart. */
function registryOf(term: string): string {
  const first = /^([^/]+)\//.exec(term)?.[1] ?? '';
  return first === 'localhost' || /[.:]/.test(first) ? first : 'docker.io';
}

/** Names and descriptions are strangers' words: none of them draws on the screen. */
function searchSpec(noTrunc: boolean): ListSpec<ImageSearchResult> {
  const mark = (value: boolean | null | undefined) => (value === true ? '[OK]' : '');
  const describe = ({ description }: ImageSearchResult) => {
    const text = visible((description ?? '').replaceAll(/[\n\r\t]/g, ' '));
    return noTrunc ? text : ellipsis(text, 45);
  };
  return {
    type: 'SearchContext',
    columns: {
      Description: { header: 'DESCRIPTION', value: describe },
      IsAutomated: { header: 'AUTOMATED', value: ({ is_automated: is }) => mark(is) },
      IsOfficial: { header: 'OFFICIAL', value: ({ is_official: is }) => mark(is) },
      Name: { header: 'NAME', value: ({ name }) => visible(name ?? '') },
      StarCount: { header: 'STARS', value: ({ star_count: stars }) => String(stars ?? 0) },
    },
  };
}
