// `version`.

import { ConnectionError } from '../../client/errors.ts';
import { clientApiVersion } from '../../client/http.ts';
import type { SystemVersion } from '../../spec/api/system.ts';
import { command, ExitError } from '../command.ts';
import { bool, string } from '../flags/types.ts';
import { documentTemplate } from '../format/object.ts';
import type { Session } from '../session.ts';
import { clientVersion } from '../version-number.ts';

interface ClientPart {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly DefaultAPIVersion: string;
  readonly NodeVersion: string;
  readonly Os: string;
  readonly Arch: string;
  readonly Context: string;
}

export const version = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: {
    client: bool('', 'Tell about the client alone, without asking an engine'),
    format: string('f', 'Format output using a custom template: "json" or a Go "TEMPLATE"'),
  },
  async run({ flags, session }) {
    const format = flags.format === 'json' ? '{{json .}}' : flags.format;
    const template = format === '' ? undefined : documentTemplate(format);
    const { server, api, error } = flags.client ? noServer : await askServer(session);
    const client = clientPart(session, api);
    if (template === undefined)
      session.write(`${clientText(client)}${server === undefined ? '' : `\n${serverText(server)}`}`);
    else session.print(template({ Client: client, Server: server ?? null }));
    if (error !== undefined) throw new ExitError(1, error.message);
  },
});

interface Answer {
  readonly server: SystemVersion | undefined;
  readonly api: string;
  readonly error: Error | undefined;
}

const noServer: Answer = { server: undefined, api: clientApiVersion, error: undefined };

/** Asks, but starts nothing: `version` is how people look whether an engine runs. */
async function askServer(session: Session): Promise<Answer> {
  const client = session.clientAsIs();
  try {
    return { server: await client.system.version(), api: client.http.version, error: undefined };
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return { ...noServer, error };
  }
}

function clientPart(session: Session, api: string): ClientPart {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return {
    Version: clientVersion,
    ApiVersion: api,
    DefaultAPIVersion: clientApiVersion,
    NodeVersion: process.version,
    Os: process.platform,
    Arch: arch,
    Context: session.choice.context,
  };
}

function clientText(client: ClientPart): string {
  const lowered =
    client.ApiVersion === client.DefaultAPIVersion ? '' : ` (downgraded from ${client.DefaultAPIVersion})`;
  return `Client:
 Version:           ${client.Version}
 API version:       ${client.ApiVersion}${lowered}
 Node version:      ${client.NodeVersion}
 OS/Arch:           ${client.Os}/${client.Arch}
 Context:           ${client.Context}
`;
}

function serverText(server: SystemVersion): string {
  const name = server.Platform?.Name ? ` ${server.Platform.Name}` : '';
  const components = server.Components ?? [{ Name: 'Engine', Version: server.Version, Details: {} }];
  const parts = components.map((component) => {
    const details = component.Details ?? {};
    const rows: [string, string][] =
      component.Name === 'Engine'
        ? engineRows(server, details)
        : [
            ['Version', component.Version ?? ''],
            ...Object.entries(details).map(([key, value]): [string, string] => [key, String(value)]),
          ];
    return ` ${component.Name}:\n${rows.map(([key, value]) => `  ${`${key}:`.padEnd(18)}${value}`.trimEnd()).join('\n')}\n`;
  });
  return `Server:${name}\n${parts.join('')}`;
}

function engineRows(server: SystemVersion, details: Readonly<Record<string, unknown>>): [string, string][] {
  const minimum = server.MinAPIVersion ? ` (minimum version ${server.MinAPIVersion})` : '';
  const rows: [string, string][] = [
    ['Version', server.Version ?? ''],
    ['API version', `${server.ApiVersion ?? ''}${minimum}`],
    ['Go version', server.GoVersion ?? ''],
    ['Git commit', server.GitCommit ?? ''],
    ['Built', buildTime(server.BuildTime ?? '')],
    ['OS/Arch', `${server.Os ?? ''}/${server.Arch ?? ''}`],
    ['Experimental', `${details['Experimental'] === 'true' || server.Experimental === true}`],
  ];
  return rows.filter(([key, value]) => value !== '' || key === 'Version');
}

/** `Thu May  7 21:09:36 2026` */
function buildTime(text: string): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return text;
  const [day = '', date = '', month = '', year = '', clock = ''] = new Date(ms)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${day} ${month} ${String(Number(date)).padStart(2)} ${clock} ${year}`;
}
