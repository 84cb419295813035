// What Bake files may say: blocks, attributes and functions, in our own words.
// https://docs.docker.com/build/bake/reference/ and https://docs.docker.com/build/bake/stdlib/

export type ValueKind = 'string' | 'bool' | 'number' | 'list' | 'map' | 'any';

export interface AttributeInfo {
  readonly kind: ValueKind;
  readonly text: string;
  /** Values that are offered. */
  readonly values?: readonly string[];
}

export interface BlockInfo {
  readonly text: string;
  readonly attributes: Readonly<Record<string, AttributeInfo>>;
  readonly blocks: Readonly<Record<string, BlockInfo>>;
}

const string = (text: string, values?: readonly string[]): AttributeInfo => ({
  kind: 'string',
  text,
  ...(values ? { values } : {}),
});
const bool = (text: string): AttributeInfo => ({ kind: 'bool', text });
const list = (text: string, values?: readonly string[]): AttributeInfo => ({
  kind: 'list',
  text,
  ...(values ? { values } : {}),
});
const map = (text: string): AttributeInfo => ({ kind: 'map', text });
const any = (text: string): AttributeInfo => ({ kind: 'any', text });

const targetAttributes: Readonly<Record<string, AttributeInfo>> = {
  annotations: list(
    'Annotations of the image that is exported, `key=value`, with a prefix for the index or the manifest.',
  ),
  args: map('Values of the ARGs of the Dockerfile.'),
  attest: list('Attestations that are added: provenance and a bill of materials.', [
    'type=provenance,mode=max',
    'type=sbom',
  ]),
  'cache-from': list('Where cached layers may come from.', [
    'type=gha',
    'type=registry,ref=',
    'type=local,src=',
    'type=inline',
  ]),
  'cache-to': list('Where the cache of this build goes to.', [
    'type=gha,mode=max',
    'type=registry,mode=max,ref=',
    'type=local,mode=max,dest=',
    'type=inline',
  ]),
  call: string('What is done instead of a build: checks, or a list of the targets or arguments.', [
    'build',
    'check',
    'outline',
    'targets',
  ]),
  context: string('Folder or URL that the build may read; `.` by default.'),
  contexts: map(
    'Further contexts by the name that `FROM` and `--from` use: a folder, `docker-image://…`, or `target:…`.',
  ),
  description: string('What it is, for lists.'),
  dockerfile: string('The Dockerfile, counted from the context; `Dockerfile` by default.'),
  'dockerfile-inline': string('The Dockerfile itself. `dockerfile` is ignored then.'),
  entitlements: list('What the build is allowed beyond the usual.', ['network.host', 'security.insecure', 'device']),
  'extra-hosts': map('Host names and their addresses during the build.'),
  inherits: list('Targets whose attributes this one takes over; the later ones win, and its own win over all.'),
  labels: map('Labels of the image.'),
  matrix: map('Lists of values: the target is built once for each combination.'),
  name: string('The name of each target that a matrix makes.'),
  network: string('Network during the build.', ['default', 'host', 'none']),
  'no-cache': bool('Builds everything anew.'),
  'no-cache-filter': list('Stages that are built anew.'),
  output: list('Where the result goes to.', [
    'type=docker',
    'type=image',
    'type=registry',
    'type=local,dest=',
    'type=tar,dest=',
    'type=oci,dest=',
    'type=cacheonly',
  ]),
  platforms: list('Platforms that are built for.', ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'local']),
  policy: list('Policies that sources of the build are checked with.'),
  pull: bool('Pulls base images even where they are there.'),
  secret: list('Secrets that `RUN --mount=type=secret` may read.', ['type=env,id=', 'type=file,id=,src=']),
  'shm-size': string('Size of `/dev/shm` during the build.'),
  ssh: list('Agents or keys that `RUN --mount=type=ssh` may use.', ['default']),
  tags: list('Names and tags of the image.'),
  target: string('The stage of the Dockerfile that is built; the last one by default.'),
  ulimits: list('Limits of processes during the build.', ['nofile=1024:1024']),
};

const validation: BlockInfo = {
  text: 'A rule for the value of a variable.',
  attributes: {
    condition: bool('What must be true of the value.'),
    error_message: string('What is said where it is not.'),
  },
  blocks: {},
};

export const bakeBlocks: Readonly<Record<string, BlockInfo>> = {
  target: { text: 'One build: `docker buildx bake NAME` builds it.', attributes: targetAttributes, blocks: {} },
  group: {
    text: 'Targets that are built together. `default` is built where no name is given.',
    attributes: {
      targets: list('Targets and groups that belong to it.'),
      description: string('What it is, for lists.'),
    },
    blocks: {},
  },
  variable: {
    text: 'A value that expressions use. An environment variable of the same name replaces it.',
    attributes: {
      default: any('The value where the environment has none.'),
      type: any('The type of the value: `string`, `number`, `bool`, `list(string)`, …'),
      description: string('What it is for.'),
    },
    blocks: { validation },
  },
  function: {
    text: 'A function that expressions may call.',
    attributes: {
      params: list('Names of the parameters.'),
      variadic_params: any('Name of the parameter that takes all further arguments.'),
      result: any('What a call is worth.'),
    },
    blocks: {},
  },
};

/** Variables that Bake sets. */
export const builtinVariables: Readonly<Record<string, string>> = {
  BAKE_CMD_CONTEXT: 'The folder that Bake was started in, for a definition that is remote.',
  BAKE_LOCAL_PLATFORM: 'The platform of this machine, such as `linux/amd64`.',
};

/** Function -> its parameters, and what it gives. */
export const functions: Readonly<Record<string, readonly [string, string]>> = {
  absolute: ['number', 'The number without its sign.'],
  add: ['a, b', 'The sum.'],
  and: ['a, b', 'Whether both are true.'],
  base64decode: ['text', 'The text that the Base64 stands for.'],
  base64encode: ['text', 'The text in Base64.'],
  basename: ['path', 'The last part of a path.'],
  bcrypt: ['text, cost?', 'A bcrypt hash of the text.'],
  byteslen: ['buffer', 'The number of bytes.'],
  bytesslice: ['buffer, offset, length', 'A part of a buffer.'],
  can: ['expression', 'Whether the expression has a value.'],
  ceil: ['number', 'The next whole number that is not less.'],
  chomp: ['text', 'The text without line ends at its end.'],
  chunklist: ['list, size', 'The list cut into lists of that size.'],
  cidrhost: ['prefix, number', 'An address of a network.'],
  cidrnetmask: ['prefix', 'The mask of a network.'],
  cidrsubnet: ['prefix, bits, number', 'A subnet of a network.'],
  cidrsubnets: ['prefix, bits...', 'Subnets of a network, one after another.'],
  coalesce: ['values...', 'The first value that is not null.'],
  coalescelist: ['lists...', 'The first list that is not empty.'],
  compact: ['list', 'The list without empty texts.'],
  concat: ['lists...', 'The lists put together.'],
  contains: ['list, value', 'Whether the list has the value.'],
  convert: ['value, type', 'The value as another type.'],
  csvdecode: ['text', 'The rows of a CSV text.'],
  dirname: ['path', 'A path without its last part.'],
  distinct: ['list', 'The list with each value once.'],
  divide: ['a, b', 'The quotient.'],
  element: ['list, index', 'The value at an index, counted round.'],
  equal: ['a, b', 'Whether both are the same.'],
  flatten: ['list', 'The list with the lists in it opened.'],
  floor: ['number', 'The next whole number that is not greater.'],
  format: ['format, values...', 'A text with values in the place of `%s` and its kin.'],
  formatdate: ['format, timestamp', 'A moment in a form of yours.'],
  formatlist: ['format, lists...', 'A text for each value of the lists.'],
  greaterthan: ['a, b', 'Whether a is greater.'],
  greaterthanorequalto: ['a, b', 'Whether a is not less.'],
  hasindex: ['collection, index', 'Whether there is such an index.'],
  indent: ['spaces, text', 'The text with its later lines indented.'],
  index: ['collection, index', 'The value at an index.'],
  indexof: ['list, value', 'The index of a value.'],
  int: ['number', 'The whole part of a number.'],
  join: ['separator, lists...', 'The texts of the lists with a separator between them.'],
  jsondecode: ['text', 'The value that the JSON stands for.'],
  jsonencode: ['value', 'The value as JSON.'],
  keys: ['map', 'The keys of a map, sorted.'],
  length: ['collection', 'The number of values.'],
  lessthan: ['a, b', 'Whether a is less.'],
  lessthanorequalto: ['a, b', 'Whether a is not greater.'],
  log: ['number, base', 'The logarithm.'],
  lookup: ['map, key, default', 'The value of a key, or the default.'],
  lower: ['text', 'The text in lower case.'],
  max: ['numbers...', 'The greatest.'],
  md5: ['text', 'The MD5 sum in hexadecimal.'],
  merge: ['maps...', 'The maps put together; the later ones win.'],
  min: ['numbers...', 'The least.'],
  modulo: ['a, b', 'What is left of a division.'],
  multiply: ['a, b', 'The product.'],
  negate: ['number', 'The number with the other sign.'],
  not: ['value', 'The opposite.'],
  notequal: ['a, b', 'Whether both differ.'],
  or: ['a, b', 'Whether one is true.'],
  parseint: ['text, base', 'The number that a text stands for.'],
  pow: ['number, power', 'The power.'],
  range: ['start?, limit, step?', 'Numbers one after another.'],
  regex: ['pattern, text', 'The first match of a regular expression.'],
  regex_replace: ['text, pattern, replacement', 'The text with matches replaced.'],
  regexall: ['pattern, text', 'All matches of a regular expression.'],
  replace: ['text, search, replacement', 'The text with a part replaced.'],
  reverse: ['text', 'The text from the end to the beginning.'],
  reverselist: ['list', 'The list from the end to the beginning.'],
  rsadecrypt: ['ciphertext, key', 'The text that was encrypted.'],
  sanitize: ['name', 'The text with `_` for what no target’s name may have.'],
  sethaselement: ['set, value', 'Whether the set has the value.'],
  setintersection: ['sets...', 'What all sets have.'],
  setproduct: ['sets...', 'All combinations.'],
  setsubtract: ['a, b', 'What a has and b has not.'],
  setsymmetricdifference: ['sets...', 'What one of the sets has.'],
  setunion: ['sets...', 'What any of the sets has.'],
  sha1: ['text', 'The SHA-1 sum in hexadecimal.'],
  sha256: ['text', 'The SHA-256 sum in hexadecimal.'],
  sha512: ['text', 'The SHA-512 sum in hexadecimal.'],
  signum: ['number', '-1, 0 or 1, by the sign.'],
  slice: ['list, start, end', 'A part of a list.'],
  sort: ['list', 'The texts in order.'],
  split: ['separator, text', 'The parts of a text.'],
  strlen: ['text', 'The number of characters.'],
  substr: ['text, offset, length', 'A part of a text.'],
  subtract: ['a, b', 'The difference.'],
  timeadd: ['timestamp, duration', 'A moment, later by a duration.'],
  timestamp: ['', 'The moment of the build.'],
  title: ['text', 'The text with words in capitals.'],
  trim: ['text, characters', 'The text without characters at both ends.'],
  trimprefix: ['text, prefix', 'The text without a beginning.'],
  trimspace: ['text', 'The text without white space at both ends.'],
  trimsuffix: ['text, suffix', 'The text without an end.'],
  try: ['expressions...', 'The first expression that has a value.'],
  upper: ['text', 'The text in capitals.'],
  urlencode: ['text', 'The text as a part of a URL.'],
  uuidv4: ['', 'A random UUID.'],
  uuidv5: ['namespace, name', 'The UUID of a name.'],
  values: ['map', 'The values of a map, in the order of their keys.'],
  zipmap: ['keys, values', 'A map of two lists.'],
};
