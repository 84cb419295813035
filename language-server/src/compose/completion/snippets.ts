// Whole idioms.

import { kinds, type Asked, type Offer } from './offer.ts';

interface Snippet {
  /** Path of the mapping that it is an entry of; `*` is any key. */
  readonly at: string;
  readonly label: string;
  readonly detail: string;
  readonly lines: readonly string[];
}

const snippets: readonly Snippet[] = [
  {
    at: 'services',
    label: 'service from an image',
    detail: 'a service that runs an image',
    lines: ['${1:web}:', '  image: ${2:nginx}', '  ports:', '    - "${3:8080}:${4:80}"'],
  },
  {
    at: 'services',
    label: 'service that is built',
    detail: 'a service with a Dockerfile',
    lines: ['${1:app}:', '  build:', '    context: ${2:.}', '    target: ${3:dev}'],
  },
  {
    at: 'services',
    label: 'postgres',
    detail: 'PostgreSQL with a volume and a healthcheck',
    lines: [
      '${1:db}:',
      '  image: postgres:${2:17}',
      '  environment:',
      '    POSTGRES_PASSWORD: \\${POSTGRES_PASSWORD:?}',
      '  volumes:',
      '    - ${3:data}:/var/lib/postgresql/data',
      '  healthcheck:',
      '    test: ["CMD-SHELL", "pg_isready -U postgres"]',
      '    interval: 5s',
      '    retries: 10',
    ],
  },
  {
    at: 'services.*',
    label: 'healthcheck over HTTP',
    detail: 'healthcheck with curl',
    lines: [
      'healthcheck:',
      '  test: ["CMD", "curl", "-f", "http://localhost:${1:80}${2:/}"]',
      '  interval: ${3:10s}',
      '  timeout: ${4:3s}',
      '  retries: ${5:5}',
    ],
  },
  {
    at: 'services.*',
    label: 'wait for healthy',
    detail: 'depends_on with a condition',
    lines: ['depends_on:', '  ${1:db}:', '    condition: service_healthy'],
  },
  {
    at: 'services.*',
    label: 'develop watch',
    detail: 'sync changed files into the container',
    lines: ['develop:', '  watch:', '    - action: sync', '      path: ${1:./src}', '      target: ${2:/app/src}'],
  },
];

export function snippetOffers({ cursor, context }: Asked): Offer[] {
  if (!context.client.snippets || cursor.flow) return [];
  const at = cursor.path
    .map((step, index) => (index === 1 && cursor.path[0] === 'services' ? '*' : String(step)))
    .join('.');
  return snippets
    .filter((snippet) => snippet.at === at)
    .map(({ label, detail, lines }) => ({
      label,
      kind: kinds.Snippet,
      insert: lines.join('\n'),
      snippet: true,
      detail,
      rank: 200,
    }));
}
