// How two builders' images of one Dockerfile differ, as `subject: ours | theirs`.

import type { Image, Node } from './image-tree.ts';

export interface Difference {
  /** `config.NAME`, or `/path part`. */
  readonly subject: string;
  readonly ours: string;
  readonly theirs: string;
}

/** What any engine keeps in a configuration of a container and that no instruction sets. */
const ofContainers = [
  'Hostname',
  'Domainname',
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'Tty',
  'OpenStdin',
  'StdinOnce',
  'Image',
  'MacAddress',
  'ArgsEscaped',
];
const ofBuild = 'of the build';
const parts = ['type', 'mode', 'owner', 'content', 'xattrs'] as const;

/** @param since seconds: a time that is later is one that the builder gave, and is like any other of that kind */
export function differences(ours: Image, theirs: Image, since: number): Difference[] {
  return [...configDifferences(ours, theirs), ...treeDifferences(ours.tree, theirs.tree, since)];
}

function configDifferences(ours: Image, theirs: Image): Difference[] {
  const keys = new Set([...Object.keys(ours.config), ...Object.keys(theirs.config)]);
  for (const key of ofContainers) keys.delete(key);
  const found = [...keys].toSorted().map((key) => ({
    subject: `config.${key}`,
    ours: shown(ours.config[key]),
    theirs: shown(theirs.config[key]),
  }));
  const author = { subject: 'author', ours: ours.author, theirs: theirs.author };
  return [...found, author].filter((one) => one.ours !== one.theirs);
}

/** Nothing, `null`, '' and what is empty mean the same in an image. */
function shown(value: unknown): string {
  const isEmpty = value === undefined || value === null || value === '' || value === false;
  if (isEmpty || (typeof value === 'object' && Object.keys(value).length === 0)) return '';
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

type Tree = ReadonlyMap<string, Node>;

function treeDifferences(ours: Tree, theirs: Tree, since: number): Difference[] {
  const found: Difference[] = [];
  const [ourNames, theirNames] = [firstNames(ours), firstNames(theirs)];
  for (const path of [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()) {
    const [mine, other] = [ours.get(path), theirs.get(path)];
    const add = (part: string, a: string, b: string): void => {
      if (a !== b) found.push({ subject: `/${path} ${part}`, ours: a, theirs: b });
    };
    if (mine === undefined || other === undefined) {
      add('type', mine?.type ?? 'not there', other?.type ?? 'not there');
      continue;
    }
    for (const part of parts) add(part, mine[part], other[part]);
    const times = [timeOf(mine, since), timeOf(other, since)] as const;
    // The time of a folder is when something was last done in it. Ours leaves it alone where it can, so that layers stay the same.
    if (mine.type !== 'directory' || !times.includes(ofBuild)) add('mtime', ...times);
    add('names', ourNames.get(mine) ?? '', theirNames.get(other) ?? '');
  }
  return found;
}

function timeOf({ mtime }: Node, since: number): string {
  return mtime >= since ? ofBuild : String(mtime);
}

/** The first name of each file, by which hard links are told. */
function firstNames(tree: Tree): ReadonlyMap<Node, string> {
  const names = new Map<Node, string>();
  for (const path of [...tree.keys()].toSorted()) {
    const node = tree.get(path);
    if (node !== undefined && !names.has(node)) names.set(node, path);
  }
  return names;
}
