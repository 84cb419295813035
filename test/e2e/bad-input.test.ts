// What goes wrong for users: each gives the status and the sentence that they know, and leaves nothing half-made.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type Docker from 'dockerode';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { dockerode } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';

interface Row {
  readonly title: string;
  readonly request: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly message: RegExp;
}

const create = 'POST /containers/create';
const json = { 'content-type': 'application/json' };

const rows: readonly Row[] = [
  { title: 'malformed JSON', request: create, body: '{"Image":', headers: json, status: 400, message: /invalid JSON/i },
  {
    title: 'no body',
    request: create,
    headers: json,
    status: 400,
    message: /invalid JSON: got EOF while reading request body/,
  },
  { title: 'JSON of another kind', request: create, body: [1], status: 400, message: /./ },
  {
    title: 'a field of another kind',
    request: create,
    body: { Image: 'bad:1', Env: 'A=b' },
    status: 400,
    message: /./,
  },
  { title: 'an empty configuration', request: create, body: {}, status: 400, message: /./ },
  {
    title: 'another content type',
    request: create,
    body: 'x',
    headers: { 'content-type': 'text/plain' },
    status: 400,
    message: /content[ -]type/i,
  },
  {
    title: 'an image that is not here',
    request: create,
    body: { Image: 'nowhere:1' },
    status: 404,
    message: /^No such image: nowhere:1$/,
  },
  {
    title: 'an image name that is none',
    request: create,
    body: { Image: 'A B' },
    status: 400,
    message: /invalid reference format/,
  },
  {
    title: 'a name that is taken',
    request: `${create}?name=taken`,
    body: { Image: 'bad:1' },
    status: 409,
    message:
      /^Conflict\. The container name "\/taken" is already in use by container "[0-9a-f]{64}"\. You have to remove \(or rename\) that container to be able to reuse that name\.$/,
  },
  {
    title: 'a name of one character',
    request: `${create}?name=a`,
    body: { Image: 'bad:1' },
    status: 400,
    message: /Invalid container name \(a\)/,
  },
  {
    title: 'more files of a log than are kept',
    request: create,
    body: { Image: 'bad:1', HostConfig: { LogConfig: { Type: 'json-file', Config: { 'max-file': '1001' } } } },
    status: 400,
    message: /^max-file 1001 is too large: it must be 1000 at most$/,
  },
  {
    title: 'a bind without an absolute target',
    request: create,
    body: { Image: 'bad:1', HostConfig: { Binds: ['/tmp:tmp'] } },
    status: 400,
    message: /invalid|absolute/,
  },
  {
    title: 'a bind of a folder that cannot be made',
    request: create,
    body: { Image: 'bad:1', HostConfig: { Binds: ['/proc/nope/deep:/x'] } },
    status: 500,
    message:
      /^error while creating mount source path '\/proc\/nope\/deep': mkdir \/proc\/nope: no such file or directory$/,
  },
  {
    title: 'a link to no container',
    request: create,
    body: { Image: 'bad:1', HostConfig: { Links: ['nope:alias'] } },
    status: 400,
    message: /^could not get container for nope: No such container: nope$/,
  },
  {
    title: 'volumes of no container',
    request: create,
    body: { Image: 'bad:1', HostConfig: { VolumesFrom: ['nope'] } },
    status: 400,
    message: /^No such container: nope$/,
  },
  {
    title: 'a port that is none',
    request: create,
    body: { Image: 'bad:1', HostConfig: { PortBindings: { '80/xyz': [{}] } } },
    status: 400,
    message: /[Ii]nvalid/,
  },
  {
    title: 'a runtime that is none',
    request: create,
    body: { Image: 'bad:1', HostConfig: { Runtime: 'nonsense' } },
    status: 400,
    message: /nonsense/,
  },
  {
    title: 'an isolation of Windows',
    request: create,
    body: { Image: 'bad:1', HostConfig: { Isolation: 'hyperv' } },
    status: 400,
    message: /^Invalid isolation: "hyperv" - linux only supports 'default'$/,
  },
  {
    title: 'a name server that is no address',
    request: create,
    body: { Image: 'bad:1', HostConfig: { Dns: ['9.9.9.9', 'fe80::1%eth0', 'one.one'] } },
    status: 400,
    message: /^bad nameserver address "one\.one"$/,
  },
  {
    title: 'an extra host of no address',
    request: create,
    body: { Image: 'bad:1', HostConfig: { ExtraHosts: ['there:1.2.3.400'] } },
    status: 400,
    message: /^invalid IP address in add-host: "1\.2\.3\.400"$/,
  },
  {
    title: 'a restart policy that is none',
    request: create,
    body: { Image: 'bad:1', HostConfig: { RestartPolicy: { Name: 'sometimes' } } },
    status: 400,
    message: /sometimes/,
  },
  {
    title: 'a signal that is none',
    request: 'POST /containers/taken/kill?signal=NOPE',
    status: 400,
    message: /[Ii]nvalid signal: NOPE/,
  },
  {
    title: 'a wait for what is no condition',
    request: 'POST /containers/taken/wait?condition=sometime',
    status: 400,
    message: /invalid condition: "sometime"/,
  },
  { title: 'resize without a size', request: 'POST /containers/taken/resize', status: 400, message: /./ },
  {
    title: 'logs of no stream',
    request: 'GET /containers/taken/logs',
    status: 400,
    message: /you must choose at least one stream/,
  },
  {
    title: 'a container that is not here',
    request: 'GET /containers/nowhere/json',
    status: 404,
    message: /^No such container: nowhere$/,
  },
  {
    title: 'an exec that is not here',
    request: 'GET /exec/nowhere/json',
    status: 404,
    message: /^No such exec instance: nowhere$/,
  },
  {
    title: 'a network that is not here',
    request: 'GET /networks/nowhere',
    status: 404,
    message: /^network nowhere not found$/,
  },
  { title: 'a volume that is not here', request: 'GET /volumes/nowhere', status: 404, message: /no such volume/ },
  {
    title: 'an image that is not here, by inspect',
    request: 'GET /images/nowhere/json',
    status: 404,
    message: /^No such image: nowhere:latest$/,
  },
  { title: 'a path that is none', request: 'GET /nonsense', status: 404, message: /^page not found$/ },
  { title: 'a method that is none', request: 'PUT /containers/json', status: 404, message: /^page not found$/ },
  { title: 'a version that is none', request: 'GET /v1.x/info', status: 404, message: /^page not found$/ },
  {
    title: 'a filter that is none',
    request: `GET /containers/json?filters=${encodeURIComponent('{"zz":["1"]}')}`,
    status: 400,
    message: /^invalid filter 'zz'$/,
  },
  {
    title: 'filters that are no JSON',
    request: 'GET /containers/json?filters=zz',
    status: 400,
    message: /^invalid filter$/,
  },
  {
    title: 'archive of a missing path',
    request: 'GET /containers/taken/archive?path=/no/such',
    status: 404,
    message: /Could not find the file \/no\/such in container taken/,
  },
  {
    title: 'archive into a file',
    request: 'PUT /containers/taken/archive?path=/etc/passwd',
    body: Buffer.alloc(1024),
    status: 400,
    message: /not a directory/,
  },
  {
    title: 'an archive that is none',
    request: 'PUT /containers/taken/archive?path=/tmp',
    body: Buffer.alloc(5000, 'x'),
    status: 400,
    message: /./,
  },
  {
    title: 'removing a network that is predefined',
    request: 'DELETE /networks/host',
    status: 403,
    message: /pre-defined network and cannot be removed/,
  },
  {
    title: 'a network with a broken subnet',
    request: 'POST /networks/create',
    body: { Name: 'broken', IPAM: { Config: [{ Subnet: '10.0.0.0/99' }] } },
    status: 400,
    message: /./,
  },
];

describe('bad input', () => {
  let daemon: TempDaemon;
  let docker: Docker;

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
    docker = dockerode(daemon.host);
    await ask(daemon.socket, '/images/load', { method: 'POST', body: await busyboxArchive('bad:1') });
    await docker.createContainer({ Image: 'bad:1', name: 'taken' });
  });

  after(async () => daemon?.[Symbol.asyncDispose]());

  afterEach(async () => {
    const names = (await docker.listContainers({ all: true })).flatMap(({ Names }) => Names);
    assert.deepEqual(names, ['/taken'], 'nothing half-made is left');
  });

  for (const { title, request, body, headers, status, message } of rows) {
    it(`answers ${status} to ${title}`, async () => {
      const [method = 'GET', path = '/'] = request.split(' ');
      const reply = await ask(daemon.socket, path, { method, body, ...(headers === undefined ? {} : { headers }) });
      assert.equal(reply.status, status, reply.body);
      assert.match((JSON.parse(reply.body) as { message: string }).message, message);
    });
  }

  it('answers 404 to the start of a container whose network is not here, as its create is accepted', async () => {
    const container = await docker.createContainer({ Image: 'bad:1', HostConfig: { NetworkMode: 'nowhere' } });
    await assert.rejects(container.start(), { statusCode: 404, message: /network nowhere not found/ });
    await container.remove();
  });

  it('names the holder of a port that is in use', async () => {
    const options = {
      Image: 'bad:1',
      Cmd: ['sleep', '600'],
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '18200' }] } },
    };
    const holder = await docker.createContainer({ ...options, name: 'holder' });
    const other = await docker.createContainer({ ...options, name: 'other' });
    await holder.start();
    await assert.rejects(other.start(), /port is already allocated|18200[^]*holder/);
    assert.equal((await other.inspect()).State.Status, 'created');
    for (const container of [holder, other]) await container.remove({ force: true });
  });

  it('names the process that holds a port outside', async () => {
    const server = createServer();
    server.listen(18201, '127.0.0.1');
    await once(server, 'listening');
    const HostConfig = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18201' }] } };
    const container = await docker.createContainer({ Image: 'bad:1', HostConfig });
    await assert.rejects(container.start(), /18201[^]*address already in use/);
    server.close();
    await container.start();
    await container.remove({ force: true });
  });
});
