import type { Choice, FlagReference } from './reference.ts';

const platforms: readonly Choice[] = [
  { value: '$BUILDPLATFORM', text: 'the platform of the machine that builds; for stages that cross-compile' },
  { value: '$TARGETPLATFORM', text: 'the platform that is built for; this is what FROM takes anyway' },
  { value: 'linux/amd64', text: '64-bit x86' },
  { value: 'linux/arm64', text: '64-bit Arm' },
  { value: 'linux/arm/v7', text: '32-bit Arm' },
  { value: 'linux/386', text: '32-bit x86' },
  { value: 'linux/ppc64le', text: 'IBM POWER, little endian' },
  { value: 'linux/riscv64', text: '64-bit RISC-V' },
  { value: 'linux/s390x', text: 'IBM Z' },
  { value: 'windows/amd64', text: 'Windows on 64-bit x86' },
  { value: 'wasi/wasm', text: 'WebAssembly with WASI' },
];

export const platform: FlagReference = {
  name: 'platform',
  text: 'Takes the variant of the image for this platform, `os/architecture[/variant]`, instead of the one that is built for.',
  value: 'platform',
  choices: platforms,
};

const chown: FlagReference = {
  name: 'chown',
  text: 'Owner of the files in the image: `user`, `user:group` or numbers. Without it they belong to root. Names are looked up in the image’s own `/etc/passwd` and `/etc/group`. Linux only.',
  value: 'owner',
};

const chmod: FlagReference = {
  name: 'chmod',
  text: 'Permission bits of the files, in octal (`0755`) or in symbols (`u=rwX,go=rX`). Saves a `RUN chmod`, which would store the files a second time.',
  value: 'mode',
  since: '1.2',
  choices: [
    { value: '0644', text: 'files that all may read' },
    { value: '0755', text: 'programs and folders' },
    { value: '0600', text: 'for the owner alone' },
    { value: '0700', text: 'programs and folders for the owner alone' },
    { value: 'u=rwX,go=rX', text: 'all may read, and enter folders' },
    { value: '+x', text: 'all may execute' },
  ],
};

const link: FlagReference = {
  name: 'link',
  text: 'Puts the files in a layer that does not depend on the ones below, so that it stays valid when they change. Links in the destination path are not followed.',
  value: 'switch',
  since: '1.4',
};

const exclude: FlagReference = {
  name: 'exclude',
  text: 'Leaves out what matches the pattern, written as in `.dockerignore`. May be given several times.',
  value: 'path',
  repeatable: true,
  since: '1.19',
};

export const copyFlags: readonly FlagReference[] = [
  {
    name: 'from',
    text: 'Copies from a stage (by name or number), a named context or an image instead of the build’s context.',
    value: 'stage',
  },
  chown,
  chmod,
  link,
  exclude,
  {
    name: 'parents',
    text: 'Keeps the folders of the sources below the destination. In `a/./b/c`, only what follows `/./` is kept.',
    value: 'switch',
    since: '1.20',
  },
];

export const addFlags: readonly FlagReference[] = [
  chown,
  chmod,
  link,
  exclude,
  {
    name: 'checksum',
    text: 'Digest that the fetched file (`sha256:…`) or the git commit must have; the build fails otherwise.',
    value: 'text',
    since: '1.6',
    choices: [{ value: 'sha256:', text: 'of a file from a URL' }],
  },
  {
    name: 'keep-git-dir',
    text: 'Keeps the `.git` folder of a git source.',
    value: 'switch',
    since: '1.1',
  },
  {
    name: 'unpack',
    text: 'Whether archives are unpacked. By default local ones are and fetched ones are not.',
    value: 'switch',
    since: '1.17',
  },
];

export const runFlags: readonly FlagReference[] = [
  {
    name: 'mount',
    text: 'Makes files available to this step alone; nothing of it ends up in the image. A list `type=…,key=value,…`.',
    value: 'mount',
    repeatable: true,
    since: '1.2',
  },
  {
    name: 'network',
    text: 'Which network the step has.',
    value: 'text',
    since: '1.3',
    choices: [
      { value: 'default', text: 'the network of the build' },
      { value: 'none', text: 'no network but loopback: shows that the step needs none' },
      { value: 'host', text: 'the builder’s own network; needs the entitlement `network.host`' },
    ],
  },
  {
    name: 'security',
    text: 'How far the step is shut in.',
    value: 'text',
    since: '1.20',
    choices: [
      { value: 'sandbox', text: 'as containers are' },
      { value: 'insecure', text: 'with all capabilities; needs the entitlement `security.insecure`' },
    ],
  },
  {
    name: 'device',
    text: 'Gives the step a device by its CDI name, such as `vendor.com/device=name`. Append `,required=false` where it may be absent.',
    value: 'text',
    repeatable: true,
    since: 'labs',
  },
];

const durations: readonly Choice[] = ['5s', '10s', '30s', '1m', '5m'].map((value) => ({ value, text: 'duration' }));

export const healthcheckFlags: readonly FlagReference[] = [
  {
    name: 'interval',
    text: 'Time between the end of one check and the next. 30s by default.',
    value: 'duration',
    choices: durations,
  },
  {
    name: 'timeout',
    text: 'A check that takes longer has failed. 30s by default.',
    value: 'duration',
    choices: durations,
  },
  {
    name: 'start-period',
    text: 'Time for the program to start, in which failures do not count. 0s by default.',
    value: 'duration',
    choices: durations,
  },
  {
    name: 'start-interval',
    text: 'Time between checks in the start period. 5s by default.',
    value: 'duration',
    choices: durations,
  },
  {
    name: 'retries',
    text: 'Failures in a row after which the container is unhealthy. 3 by default.',
    value: 'number',
    choices: [
      { value: '3', text: 'as by default' },
      { value: '5', text: 'more patient' },
    ],
  },
];
