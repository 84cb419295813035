// Real clients on an engine's socket: the docker CLI, our own, and dockerode.

import Docker from 'dockerode';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type Mocha from 'mocha';
import { coracleBinary, findDockerCli } from './paths.ts';
import { run, type Finished, type RunOptions } from './run.ts';
import { skip } from './skip.ts';

export type Cli = (args: readonly string[], options?: RunOptions) => Promise<Finished>;

export function requireDockerCli(context: Mocha.Context): void {
  if (findDockerCli() === undefined) skip(context, 'needs a docker CLI');
}

/** Clients read no configuration of the user who runs the tests. */
export function clientEnvironment(host: string): Record<string, string> {
  const config = join(tmpdir(), 'cor-client-config');
  mkdirSync(config, { recursive: true });
  return { DOCKER_HOST: host, CORACLE_HOST: host, DOCKER_CONFIG: config, DOCKER_CONTEXT: '', DOCKER_API_VERSION: '' };
}

export function dockerCli(host: string): Cli {
  return async (args, options = {}) =>
    run(findDockerCli() ?? 'docker', args, { ...options, env: { ...clientEnvironment(host), ...options.env } });
}

export function coracleCli(host: string): Cli {
  return async (args, options = {}) =>
    run(coracleBinary, args, { ...options, env: { ...clientEnvironment(host), ...options.env } });
}

/** @param host `unix://…` */
export function dockerode(host: string): Docker {
  return new Docker({ socketPath: host.replace(/^unix:\/\//, '') });
}
