import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connectRunning } from '../../language-server/src/knowledge/node/connect.ts';
import { EngineKnowledge } from '../../language-server/src/knowledge/node/engine-knowledge.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { makeCertificates } from '../helpers/certificates.ts';
import { clientEnvironment } from '../helpers/clients.ts';
import { coracleBinary, findDockerCli } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/registry.ts';
import { run, runOk } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon, startDaemon } from '../helpers/temp-daemon.ts';
import type { TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import type { TempFolder } from '../helpers/temp-folder.ts';

describe('cli: TLS', () => {
  let folder: TempFolder;
  let daemon: TempDaemon;
  let host = '';
  const image = 'coracle-tls:1';

  before(async function () {
    requireDaemon(this);
    if (!existsSync('/usr/bin/openssl')) skip(this, 'needs openssl');
    folder = await makeTempFolder();
    await makeCertificates(folder.path);
    host = `tcp://127.0.0.1:${await freePort()}`;
    const file = (name: string) => join(folder.path, name);
    const certificates = [
      '--tlscacert',
      file('ca.pem'),
      '--tlscert',
      file('server.pem'),
      '--tlskey',
      file('server-key.pem'),
    ];
    daemon = await startDaemon({ args: ['-H', host, '--tlsverify', ...certificates] });
    await runOk(coracleBinary, ['load'], { env: clientEnvironment(daemon.host), input: await busyboxArchive(image) });
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const flags = () => {
    const file = (name: string) => join(folder.path, name);
    return [
      '--tlsverify',
      '--tlscacert',
      file('ca.pem'),
      '--tlscert',
      file('client.pem'),
      '--tlskey',
      file('client-key.pem'),
      '-H',
      host,
    ];
  };
  const env = { ...clientEnvironment(''), CORACLE_CONFIG: '/nowhere' };

  for (const [name, program] of [
    ['coracle', () => coracleBinary],
    ['docker', findDockerCli],
  ] as const) {
    it(`${name} runs a container whose output comes after the end of its input`, async function () {
      const binary = program() ?? skip(this, 'needs a docker CLI');
      const script = 'cat; sleep 0.2; echo late; exit 3';
      const args = [...flags(), 'run', '-i', '--rm', '--network', 'none', image, 'sh', '-c', script];
      assert.deepEqual(await run(binary, args, { env, input: 'typed\n' }), {
        code: 3,
        stdout: 'typed\nlate\n',
        stderr: '',
      });
      const noInput = [...flags(), 'run', '--rm', '--network', 'none', image, 'sh', '-c', 'sleep 0.2; echo late'];
      assert.deepEqual(await run(binary, noInput, { env }), { code: 0, stdout: 'late\n', stderr: '' });
    });
  }

  it('refuses a server that the CA did not sign, and is refused without a certificate', async () => {
    const wrong = await run(
      coracleBinary,
      ['--tlsverify', '--tlscacert', join(folder.path, 'client.pem'), '-H', host, 'ps'],
      { env },
    );
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /certificate/);
    const bare = await run(coracleBinary, ['--tls', '-H', host, 'ps'], { env });
    assert.equal(bare.code, 1);
    const plain = await run(coracleBinary, ['-H', host, 'ps'], { env });
    assert.equal(plain.code, 1);
  });

  it('works from a context', async () => {
    const own = { ...env, CORACLE_HOST: '', DOCKER_HOST: '', CORACLE_CONFIG: join(folder.path, 'config') };
    const endpoint = `host=${host},ca=ca.pem,cert=client.pem,key=client-key.pem`;
    await runOk(coracleBinary, ['context', 'create', 'far', '--docker', endpoint], { env: own, cwd: folder.path });
    await runOk(coracleBinary, ['context', 'use', 'far'], { env: own });
    const images = await runOk(coracleBinary, ['images', '--format', '{{.Repository}}:{{.Tag}}'], { env: own });
    assert.equal(images.stdout, `${image}\n`);
  });

  it('is spoken by the language server with the certificates of the context', async () => {
    const before = process.env['CORACLE_CONFIG'];
    process.env['CORACLE_CONFIG'] = join(folder.path, 'config');
    try {
      using knowledge = new EngineKnowledge(() => connectRunning({ host, context: 'far' }));
      await until('the images', async () => {
        const known = knowledge.images();
        return known.kind === 'known' && known.value.some(({ reference }) => reference === image);
      });
      assert.equal(connectRunning({ host, context: 'nosuch' }), undefined);
      assert.equal(connectRunning({ host: 'nosuch://x' }), undefined);
    } finally {
      if (before === undefined) delete process.env['CORACLE_CONFIG'];
      else process.env['CORACLE_CONFIG'] = before;
    }
  });
});
