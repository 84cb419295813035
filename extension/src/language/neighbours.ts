// Other extensions that understand the same files, and what they do there: nobody wants each hover twice.

export type Feature =
  | 'completion'
  | 'definition'
  | 'folding'
  | 'formatting'
  | 'highlights'
  | 'hover'
  | 'links'
  | 'rename'
  | 'signature'
  | 'symbols'
  | 'tokens';

interface Neighbour {
  readonly extension: string;
  /** Language id -> what it does there. */
  readonly does: Readonly<Record<string, readonly Feature[]>>;
}

const dockerfileServer: readonly Feature[] = [
  'completion',
  'definition',
  'formatting',
  'highlights',
  'hover',
  'links',
  'rename',
  'signature',
  'symbols',
];

/** Container Tools and the extension that it came from have the server of the Dockerfile language service. */
const containerTools = {
  dockerfile: dockerfileServer,
  dockercompose: ['completion', 'formatting', 'hover', 'links', 'signature'],
} as const;

const neighbours: readonly Neighbour[] = [
  { extension: 'ms-azuretools.vscode-containers', does: containerTools },
  { extension: 'ms-azuretools.vscode-docker', does: containerTools },
  {
    extension: 'docker.docker',
    does: {
      dockerfile: ['hover'],
      dockercompose: ['completion', 'definition', 'formatting', 'highlights', 'hover', 'links', 'rename', 'symbols'],
      dockerbake: ['completion', 'definition', 'formatting', 'highlights', 'hover', 'links', 'symbols', 'tokens'],
    },
  },
  {
    extension: 'redhat.vscode-yaml',
    does: { dockercompose: ['completion', 'folding', 'formatting', 'hover', 'symbols'] },
  },
];

/** @returns for a language, which of the extensions that are there do a thing */
export function doneByNeighbours(
  isThere: (extension: string) => boolean,
): (language: string, feature: Feature) => boolean {
  const there = neighbours.filter(({ extension }) => isThere(extension));
  return (language, feature) =>
    there.some(({ does }) => Object.hasOwn(does, language) && does[language]?.includes(feature) === true);
}
