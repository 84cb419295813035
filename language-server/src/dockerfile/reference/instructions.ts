import type { InstructionName } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { addFlags, copyFlags, healthcheckFlags, platform, runFlags } from './flags.ts';
import type { InstructionReference } from './reference.ts';

const flagsParameter = { label: '[--flag=value ...]', text: 'Options of the instruction.' };
const shellCommand = {
  label: 'command',
  text: 'A command line. It runs in the shell that `SHELL` names, `/bin/sh -c` by default.',
};
const program = { label: '"program"', text: 'A program, found in `PATH`. It is started without a shell.' };
const argumentsOf = { label: '"argument"', text: 'Its arguments. No variable in them is expanded.' };

const list: readonly InstructionReference[] = [
  {
    name: 'ADD',
    summary: 'Adds files, archives, URLs or git repositories to the image.',
    details:
      'Local archives (tar, also compressed) are unpacked at the destination. A URL is fetched, a git address is cloned (`#ref:folder` chooses). For plain files and folders `COPY` says better what is meant. A destination that ends with `/` is a folder.',
    signatures: [
      {
        label: 'ADD [--flag=value ...] source ... destination',
        parameters: [
          flagsParameter,
          { label: 'source ...', text: 'Path in the context (with `*`, `?`, `**`), URL, or git repository.' },
          { label: 'destination', text: 'Path in the image; relative ones are below `WORKDIR`.' },
        ],
      },
      {
        label: 'ADD [--flag=value ...] ["source", "destination"]',
        parameters: [
          flagsParameter,
          { label: '"source"', text: 'One or more sources; this form takes spaces in paths.' },
          { label: '"destination"', text: 'Path in the image.' },
        ],
      },
    ],
    flags: addFlags,
  },
  {
    name: 'ARG',
    summary: 'Declares a variable that whoever builds may set.',
    details:
      'It is there from its line to the end of its stage, in the build only: containers do not see it, but `docker history` shows its value, so it is no place for secrets. Before the first `FROM` it is global: usable in `FROM` lines, and in stages that declare it again without a value. `ENV` of the same name wins.',
    signatures: [
      {
        label: 'ARG name[=default] ...',
        parameters: [{ label: 'name[=default]', text: 'Name, and the value if the build sets none (`--build-arg`).' }],
      },
    ],
    flags: [],
  },
  {
    name: 'CMD',
    summary: 'Sets what a container runs when nothing else is said.',
    details:
      'Replaced by the arguments of `run`. With an `ENTRYPOINT` in exec form it gives that program’s default arguments. Only the last one of a stage counts. In exec form the program receives signals itself and stops at once; in shell form a shell stands between.',
    signatures: [
      { label: 'CMD ["program", "argument", ...]', parameters: [program, argumentsOf] },
      { label: 'CMD command', parameters: [shellCommand] },
    ],
    flags: [],
  },
  {
    name: 'COPY',
    summary: 'Copies files and folders from the context, a stage or an image.',
    details:
      'Of a folder its content is copied, not the folder itself. With several sources the destination is a folder and ends with `/`. What `.dockerignore` excludes is not there. A heredoc as source writes a file: `COPY <<EOF /path`.',
    signatures: [
      {
        label: 'COPY [--flag=value ...] source ... destination',
        parameters: [
          flagsParameter,
          { label: 'source ...', text: 'Path in the context or in `--from`; `*`, `?` and `**` match.' },
          { label: 'destination', text: 'Path in the image; relative ones are below `WORKDIR`.' },
        ],
      },
      {
        label: 'COPY [--flag=value ...] ["source", "destination"]',
        parameters: [
          flagsParameter,
          { label: '"source"', text: 'One or more sources; this form takes spaces in paths.' },
          { label: '"destination"', text: 'Path in the image.' },
        ],
      },
    ],
    flags: copyFlags,
  },
  {
    name: 'ENTRYPOINT',
    summary: 'Makes the container a program: what always runs.',
    details:
      'Arguments of `run` (or `CMD`) are appended in exec form. The shell form takes no arguments and keeps signals from the program unless it begins with `exec`. Only the last one of a stage counts.',
    signatures: [
      { label: 'ENTRYPOINT ["program", "argument", ...]', parameters: [program, argumentsOf] },
      { label: 'ENTRYPOINT command', parameters: [shellCommand] },
    ],
    flags: [],
  },
  {
    name: 'ENV',
    summary: 'Sets variables for the steps that follow and for containers.',
    details:
      'Values stay in the image, and stages that stand on this one inherit them. Variables in a value are those from before this line. For a variable of one step write `RUN NAME=value command`.',
    signatures: [
      {
        label: 'ENV name=value ...',
        parameters: [{ label: 'name=value', text: 'One or more; quotes or escapes keep spaces.' }],
      },
    ],
    flags: [],
  },
  {
    name: 'EXPOSE',
    summary: 'Says which ports the program listens on.',
    details:
      'It opens nothing: `run -p` publishes a port, `run -P` publishes all that are exposed. Tools read it, the editor’s “Open in Browser” among them.',
    signatures: [
      {
        label: 'EXPOSE port[/protocol] ...',
        parameters: [
          {
            label: 'port[/protocol]',
            text: 'A port or a range such as `8000-8010`; `tcp` by default, or `udp`, `sctp`.',
          },
        ],
      },
    ],
    flags: [],
  },
  {
    name: 'FROM',
    summary: 'Begins a stage on an image, on an earlier stage, or on nothing (`scratch`).',
    details:
      'The last stage is what is built, unless a target is chosen; stages that it does not need are not built. A name lets later stages stand on it or copy from it. Variables are those of `ARG` before the first `FROM`.',
    signatures: [
      {
        label: 'FROM [--platform=platform] image[:tag|@digest] [AS name]',
        parameters: [
          { label: '[--platform=platform]', text: 'Variant of a multi-platform image.' },
          { label: 'image[:tag|@digest]', text: 'Image, stage, or `scratch`.' },
          { label: '[AS name]', text: 'Name of the stage, in lower case.' },
        ],
      },
    ],
    flags: [platform],
  },
  {
    name: 'HEALTHCHECK',
    summary: 'Says how to find out whether a container still works.',
    details:
      'The command runs inside the container now and then: exit code 0 means healthy, 1 unhealthy. `NONE` switches off what the base image says. Only the last one of a stage counts.',
    signatures: [
      {
        label: 'HEALTHCHECK [--flag=value ...] CMD command',
        parameters: [flagsParameter, { label: 'CMD command', text: 'A command line, or a JSON array.' }],
      },
      { label: 'HEALTHCHECK NONE', parameters: [{ label: 'NONE', text: 'No check, whatever the base image says.' }] },
    ],
    flags: healthcheckFlags,
  },
  {
    name: 'LABEL',
    summary: 'Adds key=value data to the image.',
    details:
      'For people and tools; `org.opencontainers.image.*` are the well-known keys. Labels of the base image are inherited, and replaced by the same key.',
    signatures: [
      {
        label: 'LABEL key=value ...',
        parameters: [{ label: 'key=value', text: 'One or more; quotes keep spaces.' }],
      },
    ],
    flags: [],
  },
  {
    name: 'MAINTAINER',
    summary: 'Names the author. Deprecated.',
    details: 'Write `LABEL org.opencontainers.image.authors="…"` instead.',
    signatures: [{ label: 'MAINTAINER name', parameters: [{ label: 'name', text: 'The rest of the line.' }] }],
    flags: [],
  },
  {
    name: 'ONBUILD',
    summary: 'Keeps an instruction for builds that stand on this image.',
    details:
      'It runs right after their `FROM`, as if it stood there, and is not inherited further. `FROM`, `MAINTAINER` and `ONBUILD` itself cannot be kept.',
    signatures: [
      { label: 'ONBUILD instruction', parameters: [{ label: 'instruction', text: 'Any other instruction.' }] },
    ],
    flags: [],
  },
  {
    name: 'RUN',
    summary: 'Runs a command and keeps what it changed as a layer.',
    details:
      'A file that a later step removes stays in the earlier layer: clean up in the same one, or use `--mount=type=cache`. The build’s cache knows the command’s text, not what it downloads. Several lines read best as a heredoc: `RUN <<EOF`.',
    signatures: [
      { label: 'RUN [--flag=value ...] command', parameters: [flagsParameter, shellCommand] },
      {
        label: 'RUN [--flag=value ...] ["program", "argument", ...]',
        parameters: [flagsParameter, program, argumentsOf],
      },
    ],
    flags: runFlags,
  },
  {
    name: 'SHELL',
    summary: 'Chooses the shell of the shell forms that follow.',
    details:
      'A JSON array: the program and the arguments before the command line. `["/bin/bash", "-o", "pipefail", "-c"]` makes a failing part of a pipe fail the step. Holds for `RUN`, `CMD`, `ENTRYPOINT` and stages that stand on this one.',
    signatures: [{ label: 'SHELL ["program", "argument", ...]', parameters: [program, argumentsOf] }],
    flags: [],
  },
  {
    name: 'STOPSIGNAL',
    summary: 'Sets the signal that asks a container to stop.',
    details: '`SIGTERM` by default. A name, or a number. Followed by `SIGKILL` if the container does not end in time.',
    signatures: [
      { label: 'STOPSIGNAL signal', parameters: [{ label: 'signal', text: 'Such as `SIGQUIT`, or its number.' }] },
    ],
    flags: [],
  },
  {
    name: 'USER',
    summary: 'Sets who runs the steps that follow, and the container.',
    details:
      'A name must be in the image’s `/etc/passwd`; a number need not be. With a group given, the user’s other groups do not count. Files copied afterwards still belong to root unless `--chown` says otherwise.',
    signatures: [
      {
        label: 'USER user[:group]',
        parameters: [{ label: 'user[:group]', text: 'Names or numbers.' }],
      },
    ],
    flags: [],
  },
  {
    name: 'VOLUME',
    summary: 'Marks folders whose data lives outside of the container’s layer.',
    details:
      'A container gets an anonymous volume for each that nothing else is mounted on, filled with what the image has there. Older builders throw away what steps after this line write there.',
    signatures: [
      { label: 'VOLUME path ...', parameters: [{ label: 'path ...', text: 'Absolute paths in the image.' }] },
      { label: 'VOLUME ["path", ...]', parameters: [{ label: '"path"', text: 'Absolute paths in the image.' }] },
    ],
    flags: [],
  },
  {
    name: 'WORKDIR',
    summary: 'Sets the folder of the steps that follow, and of the container.',
    details:
      'It is made where it is missing. A relative path goes on from the one before, which may come from the base image.',
    signatures: [{ label: 'WORKDIR path', parameters: [{ label: 'path', text: 'Better absolute.' }] }],
    flags: [],
  },
];

/** Every instruction, by name, in alphabetical order. */
export const instructions: ReadonlyMap<InstructionName, InstructionReference> = new Map(
  list.map((entry) => [entry.name, entry]),
);
