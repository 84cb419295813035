// Testcontainers for Node, unchanged, against the engine: what its users do first.

import assert from 'node:assert/strict';
import type Testcontainers from 'testcontainers';
import { isRootless } from '../helpers/test-user.ts';
import { isLightweight } from '../helpers/wasi-image.ts';
import { image, useEngine } from './engine.ts';

describe('conformance: testcontainers', () => {
  const engine = useEngine();
  let testcontainers: typeof Testcontainers;

  before(async () => {
    // It reads its environment when it is loaded. Ryuk, its reaper, is an image from Docker Hub.
    process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
    process.env['DOCKER_HOST'] = engine().host;
    // Where it runs in a container itself it seeks published ports at the bridge's address. Without root that is in the engine's
    // network, and with WebAssembly alone in user land: the host does not have it.
    if (isRootless() || isLightweight()) process.env['TESTCONTAINERS_HOST_OVERRIDE'] = 'localhost';
    testcontainers = await import('testcontainers');
  });

  it('starts a container, waits for its log, runs a command and stops it', async () => {
    const { GenericContainer, Wait } = testcontainers;
    const container = await new GenericContainer(image)
      .withCommand(['sh', '-c', 'echo ready; exec sleep 600'])
      .withEnvironment({ NAME: 'value' })
      .withWaitStrategy(Wait.forLogMessage('ready'))
      .start();
    const { output, exitCode } = await container.exec(['sh', '-c', 'echo $NAME']);
    assert.deepEqual({ output, exitCode }, { output: 'value\n', exitCode: 0 });
    await container.stop();
    await assert.rejects(engine().docker.getContainer(container.getId()).inspect(), { statusCode: 404 });
  });

  it('copies content in and maps a port', async () => {
    const { GenericContainer, Wait } = testcontainers;
    const container = await new GenericContainer(image)
      .withCopyContentToContainer([{ content: 'from the test', target: '/www/file' }])
      .withCommand(['httpd', '-f', '-p', '80', '-h', '/www'])
      .withExposedPorts(80)
      .withWaitStrategy(Wait.forListeningPorts())
      .start();
    const response = await fetch(`http://127.0.0.1:${container.getMappedPort(80)}/file`);
    assert.equal(await response.text(), 'from the test');
    await container.stop();
  });

  it('lets containers of a network find each other', async () => {
    const { GenericContainer, Network, Wait } = testcontainers;
    const network = await new Network().start();
    const server = await new GenericContainer(image)
      .withCommand(['sh', '-c', 'echo hello >/file; echo ready; exec httpd -f -p 80 -h /'])
      .withNetwork(network)
      .withNetworkAliases('server')
      .withWaitStrategy(Wait.forLogMessage('ready'))
      .start();
    const client = await new GenericContainer(image).withCommand(['sleep', '600']).withNetwork(network).start();
    const { output } = await client.exec(['sh', '-c', 'until wget -q -O - http://server/file; do sleep 0.1; done']);
    assert.equal(output, 'hello\n');
    await client.stop();
    await server.stop();
    await network.stop();
  });
});
