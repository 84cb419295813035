// `context create|inspect|ls|rm|show|update|use`.

import { parseEndpoint } from '../../client/endpoint.ts';
import { command } from '../command.ts';
import { checkContextName, defaultContext } from '../../connect/contexts.ts';
import type { StoredContext } from '../../connect/contexts.ts';
import { bool, string } from '../flags/types.ts';
import { path as paths } from '../../connect/node.ts';
import { formatList } from '../format/list.ts';
import type { Session } from '../session.ts';
import { forEach } from './each.ts';
import { inspectAll } from './inspect.ts';
import { formatHelp, lines } from './list-flags.ts';

const endpointFlags = {
  description: string('', 'Description of the context'),
  docker: string('', 'The engine: host=ADDRESS[,ca=FILE][,cert=FILE][,key=FILE][,skip-tls-verify=true]'),
};

/** `host=tcp://…,ca=…` */
function parseEndpointFields(text: string): Omit<StoredContext, 'description'> {
  const fields = new Map<string, string>();
  for (const field of text.split(',')) {
    const at = field.indexOf('=');
    const key = at < 0 ? field : field.slice(0, at);
    if (!['host', 'ca', 'cert', 'key', 'skip-tls-verify'].includes(key))
      throw new Error(`unrecognized config key: ${key}`);
    fields.set(key, at < 0 ? '' : field.slice(at + 1));
  }
  const host = fields.get('host') ?? '';
  if (host === '') throw new Error('the engine needs a host=ADDRESS');
  parseEndpoint(host);
  const path = (key: 'ca' | 'cert' | 'key') => {
    const file = fields.get(key);
    // The context is used from any folder.
    return file === undefined ? {} : { [key]: paths().resolve(file) };
  };
  const skip = fields.get('skip-tls-verify') === 'true' ? { skipTlsVerify: true } : {};
  return { host, ...path('ca'), ...path('cert'), ...path('key'), ...skip };
}

export const create = command({
  usage: '[OPTIONS] CONTEXT',
  args: { min: 1, max: 1 },
  flags: { ...endpointFlags, from: string('', 'Create context from a named context') },
  async run({ args: [name = ''], flags, session }) {
    checkContextName(name);
    const { contexts } = session;
    if (contexts.find(name) !== undefined) throw new Error(`context ${JSON.stringify(name)} already exists`);
    if (flags.docker === '' && flags.from === '')
      throw new Error('docker endpoint configuration is required: --docker host=ADDRESS');
    const base = flags.from === '' ? undefined : contexts.get(flags.from);
    const endpoint = flags.docker === '' ? base : parseEndpointFields(flags.docker);
    if (endpoint === undefined) throw new Error('docker endpoint configuration is required');
    contexts.set(name, { ...endpoint, description: flags.description || (base?.description ?? '') });
    session.print(name);
    session.warn(`Successfully created context ${JSON.stringify(name)}`);
  },
});

export const update = command({
  usage: '[OPTIONS] CONTEXT',
  args: { min: 1, max: 1 },
  completes: 'contexts',
  flags: endpointFlags,
  async run({ args: [name = ''], flags, changed, session }) {
    checkContextName(name);
    const { contexts } = session;
    const before = contexts.get(name);
    const endpoint = flags.docker === '' ? before : parseEndpointFields(flags.docker);
    const description = changed.has('description') ? flags.description : before.description;
    contexts.set(name, { ...endpoint, description });
    session.print(name);
    session.warn(`Successfully updated context ${JSON.stringify(name)}`);
  },
});

export const use = command({
  usage: 'CONTEXT',
  args: { min: 1, max: 1 },
  completes: 'contexts',
  flags: {},
  async run({ args: [name = ''], session }) {
    if (name !== defaultContext) session.contexts.get(name);
    session.contexts.use(name);
    session.print(name);
    session.warn(`Current context is now ${JSON.stringify(name)}`);
    warnOverride(session);
  },
});

/** The environment wins over the current context: say so where people would wonder. */
function warnOverride(session: Session): void {
  const from = ['CORACLE_HOST', 'DOCKER_HOST'].find((name) => (session.env[name] ?? '') !== '');
  if (from === undefined) return;
  session.warn(
    `Warning: ${from} environment variable overrides the active context. To use a context, either set the global --context flag, or unset ${from} environment variable.`,
  );
}

export const show = command({
  usage: '',
  args: { max: 0 },
  flags: {},
  async run({ session }) {
    session.print(session.choice.context);
  },
});

interface Row {
  readonly name: string;
  readonly isCurrent: boolean;
  readonly description: string;
  readonly host: string;
}

export const list = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: { format: string('', formatHelp), quiet: bool('q', 'Only show context names') },
  async run({ flags, session }) {
    const current = session.choice.context;
    const { contexts } = session;
    const rows: Row[] = [
      defaultRow(session, current),
      ...contexts.names().map((name): Row => {
        const { description, host } = contexts.get(name);
        return { name, isCurrent: name === current, description, host };
      }),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (flags.quiet) {
      session.write(lines(rows.map((row) => row.name)));
      return;
    }
    const spec = {
      type: 'clientContextContext',
      columns: {
        Current: { header: 'CURRENT', value: (row: Row) => row.isCurrent },
        Description: { header: 'DESCRIPTION', value: (row: Row) => row.description },
        DockerEndpoint: { header: 'DOCKER ENDPOINT', value: (row: Row) => row.host },
        Error: { header: 'ERROR', value: () => '' },
        Name: { header: 'NAME', value: (row: Row) => row.name },
      },
    };
    const table = '{{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}';
    // A header has no current context: without this its row would carry the star.
    session.write(formatList(spec, rows, { format: flags.format, table }).replace(/^NAME \*/, 'NAME  '));
    warnOverride(session);
  },
});

function defaultRow(session: Session, current: string): Row {
  const { choice } = session;
  const isDefault = choice.context === defaultContext;
  return {
    name: defaultContext,
    isCurrent: current === defaultContext,
    description: choice.from === undefined ? "This machine's own engine" : `Current ${choice.from} based configuration`,
    host: isDefault ? choice.endpoint.text : session.ownHost,
  };
}

export const remove = command({
  usage: '[OPTIONS] CONTEXT [CONTEXT...]',
  args: { min: 1 },
  completes: 'contexts',
  flags: { force: bool('f', 'Force the removal of a context in use') },
  async run({ args, flags, session }) {
    const { contexts } = session;
    return await forEach(session, args, async (name) => {
      if (name === defaultContext) throw new Error('context "default" cannot be removed');
      if (!flags.force) {
        if (contexts.find(name) === undefined) throw new Error(`context ${JSON.stringify(name)} does not exist`);
        if (contexts.current === name) {
          throw new Error(`context ${JSON.stringify(name)} is in use, set -f flag to force remove`);
        }
      }
      contexts.remove(name);
      return name;
    }, 1); // prettier-ignore
  },
});

export const inspect = command({
  usage: '[OPTIONS] [CONTEXT] [CONTEXT...]',
  completes: 'contexts',
  flags: { format: string('f', 'Format output using a custom template: "json" or a Go "TEMPLATE"') },
  async run({ args, flags, session }) {
    const { contexts } = session;
    const names = args.length > 0 ? args : [session.choice.context];
    return await inspectAll(session, names, flags.format, async (name) => {
      const stored: StoredContext =
        name === defaultContext ? { description: '', host: defaultRow(session, name).host } : contexts.get(name);
      const { description, host, skipTlsVerify, ca, cert, key } = stored;
      return JSON.stringify({
        Name: name,
        Metadata: description === '' ? {} : { Description: description },
        Endpoints: { docker: { Host: host, SkipTLSVerify: skipTlsVerify === true } },
        TLSMaterial: Object.fromEntries(Object.entries({ ca, cert, key }).filter(([, path]) => path !== undefined)),
        Storage: { Path: contexts.path },
      });
    });
  },
});
