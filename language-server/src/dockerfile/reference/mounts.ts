import type { MountKeyReference, MountReference } from './reference.ts';

const target: MountKeyReference = {
  name: 'target',
  aliases: ['dst', 'destination'],
  text: 'Where it appears in the step: an absolute path, or one below `WORKDIR`.',
  value: 'path',
};

const from: MountKeyReference = {
  name: 'from',
  aliases: [],
  text: 'Stage, named context or image that the files come from. Variables are not expanded here.',
  value: 'stage',
};

const source: MountKeyReference = {
  name: 'source',
  aliases: ['src'],
  text: 'Path inside `from`, or inside the build’s context; its root by default.',
  value: 'source',
};

const required: MountKeyReference = {
  name: 'required',
  aliases: [],
  text: 'The step fails where it was not given to the build; otherwise it runs without.',
  value: 'switch',
};

const ids: readonly MountKeyReference[] = [
  { name: 'mode', aliases: [], text: 'Permission bits in octal.', value: 'mode' },
  { name: 'uid', aliases: [], text: 'Numeric owner; 0 by default.', value: 'number' },
  { name: 'gid', aliases: [], text: 'Numeric group; 0 by default.', value: 'number' },
];

export const mounts: readonly MountReference[] = [
  {
    type: 'bind',
    text: 'Files of the context, a stage or an image, without copying them into the image. Read-only unless `rw`; what is written is thrown away.',
    keys: [
      target,
      source,
      from,
      {
        name: 'rw',
        aliases: ['readwrite'],
        text: 'The step may write; what it writes is thrown away afterwards.',
        value: 'switch',
      },
    ],
  },
  {
    type: 'cache',
    text: 'A folder that is kept from build to build, for the caches of package managers and compilers. The step must work with an empty one too.',
    keys: [
      target,
      {
        name: 'id',
        aliases: [],
        text: 'Name of the cache; steps with the same one share it. The target path by default.',
        value: 'cache-id',
      },
      {
        name: 'sharing',
        aliases: [],
        text: 'What happens when two builds want it at the same time.',
        value: 'text',
        choices: [
          { value: 'shared', text: 'both write at once; for caches that can stand it. The default' },
          { value: 'locked', text: 'the second one waits; for `apt`, `dnf` and the like' },
          { value: 'private', text: 'the second one gets a new cache' },
        ],
      },
      { name: 'ro', aliases: ['readonly'], text: 'The step may only read.', value: 'switch' },
      from,
      source,
      ...ids,
    ],
  },
  {
    type: 'tmpfs',
    text: 'An empty folder in memory that is gone after the step.',
    keys: [target, { name: 'size', aliases: [], text: 'At most so large, such as `256m`.', value: 'size' }],
  },
  {
    type: 'secret',
    text: 'A password, token or key that was given to the build (`--secret id=…`) as a file or a variable. It is in no layer and no history.',
    keys: [
      {
        name: 'id',
        aliases: [],
        text: 'Which secret: the name given to the build. The file name of `target` by default.',
        value: 'text',
      },
      { ...target, text: 'Path of the file; `/run/secrets/<id>` by default.' },
      {
        name: 'env',
        aliases: [],
        text: 'Gives it as this variable, beside or instead of a file. Since 1.10.',
        value: 'text',
      },
      required,
      ...ids,
    ],
  },
  {
    type: 'ssh',
    text: 'A connection to the SSH agent that was given to the build (`--ssh`), for `git clone` and the like. Keys are not in the image.',
    keys: [
      { name: 'id', aliases: [], text: 'Which agent; `default` by default.', value: 'text' },
      { ...target, text: 'Path of the socket; `/run/buildkit/ssh_agent.${N}` by default.' },
      required,
      ...ids,
    ],
  },
];
