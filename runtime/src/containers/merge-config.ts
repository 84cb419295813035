// What the request leaves open, the image says: Docker's rules for joining the two configurations.

import type { ContainerConfig, HealthConfig } from '../spec/api/containers.ts';
import { EngineError } from '../spec/errors.ts';
import type { OciContainerConfig } from '../spec/oci.ts';

/** The request's configuration completed by the image's, every field that inspect shows present. */
export function mergeConfig(request: ContainerConfig, image: OciContainerConfig, id: string): ContainerConfig {
  const { entrypoint, cmd } = mergeCommand(request, image);
  const healthcheck = mergeHealthcheck(request.Healthcheck, image.Healthcheck);
  const exposed = mergeKeys(request.ExposedPorts, image.ExposedPorts);
  return {
    Hostname: request.Hostname === undefined || request.Hostname === '' ? id.slice(0, 12) : request.Hostname,
    Domainname: request.Domainname ?? '',
    User: firstText(request.User, image.User),
    AttachStdin: request.AttachStdin ?? false,
    AttachStdout: request.AttachStdout ?? false,
    AttachStderr: request.AttachStderr ?? false,
    ...(exposed === null ? {} : { ExposedPorts: exposed }),
    Tty: request.Tty ?? false,
    OpenStdin: request.OpenStdin ?? false,
    StdinOnce: request.StdinOnce ?? false,
    Env: mergeEnv(request.Env, image.Env),
    Cmd: cmd,
    ...(healthcheck === undefined ? {} : { Healthcheck: healthcheck }),
    ...(request.ArgsEscaped === true ? { ArgsEscaped: true } : {}),
    Image: request.Image ?? '',
    Volumes: mergeKeys(request.Volumes, image.Volumes),
    WorkingDir: firstText(request.WorkingDir, image.WorkingDir),
    Entrypoint: entrypoint,
    ...(request.NetworkDisabled === true ? { NetworkDisabled: true } : {}),
    OnBuild: request.OnBuild ?? null,
    Labels: { ...image.Labels, ...request.Labels },
    ...optionalText('StopSignal', firstText(request.StopSignal, image.StopSignal)),
    ...(request.StopTimeout === undefined || request.StopTimeout === null ? {} : { StopTimeout: request.StopTimeout }),
    ...mergeShell(request, image),
  };
}

/** The command line. @throws EngineError invalidParameter when there is none */
export function argvOf(config: ContainerConfig): readonly string[] {
  const argv = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (argv.length === 0) throw new EngineError('invalidParameter', 'no command specified');
  return argv;
}

/** An entrypoint in the request also takes the image's Cmd away; `[""]` takes the image's entrypoint away. */
function mergeCommand(
  request: ContainerConfig,
  image: OciContainerConfig,
): { entrypoint: readonly string[] | null; cmd: readonly string[] | null } {
  const entrypoint = request.Entrypoint ?? undefined;
  const cmd = request.Cmd ?? undefined;
  if (entrypoint !== undefined && entrypoint.length > 0) {
    return { entrypoint: entrypoint.length === 1 && entrypoint[0] === '' ? null : entrypoint, cmd: cmd ?? null };
  }
  const noCmd = cmd === undefined || cmd.length === 0;
  return {
    cmd: noCmd ? (image.Cmd ?? cmd ?? null) : cmd,
    entrypoint: entrypoint === undefined ? (image.Entrypoint ?? null) : entrypoint,
  };
}

function mergeEnv(
  request: readonly string[] | null | undefined,
  image: readonly string[] | null | undefined,
): readonly string[] | null {
  if (request === undefined || request === null || request.length === 0) return image ?? request ?? null;
  const keys = new Set(request.map(envKey));
  return [...request, ...(image ?? []).filter((entry) => !keys.has(envKey(entry)))];
}

/** `KEY` of `KEY=value` or of a bare `KEY`. */
export function envKey(entry: string): string {
  const equals = entry.indexOf('=');
  return equals < 0 ? entry : entry.slice(0, equals);
}

function mergeHealthcheck(
  request: HealthConfig | null | undefined,
  image: HealthConfig | null | undefined,
): HealthConfig | undefined {
  if (request === undefined || request === null) return image ?? undefined;
  if (image === undefined || image === null) return request;
  const hasTest = request.Test !== undefined && request.Test !== null && request.Test.length > 0;
  const number = (key: Exclude<keyof HealthConfig, 'Test'>): Partial<HealthConfig> => {
    const own = request[key] ?? 0;
    const value = own === 0 ? (image[key] ?? 0) : own;
    return value === 0 ? {} : { [key]: value };
  };
  return {
    Test: hasTest ? request.Test : image.Test,
    ...number('Interval'),
    ...number('Timeout'),
    ...number('Retries'),
    ...number('StartPeriod'),
    ...number('StartInterval'),
  };
}

function mergeKeys(
  request: Readonly<Record<string, unknown>> | null | undefined,
  image: Readonly<Record<string, unknown>> | null | undefined,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> | null {
  const keys = new Set([...Object.keys(image ?? {}), ...Object.keys(request ?? {})]);
  if (keys.size === 0) return null;
  return Object.fromEntries([...keys].map((key) => [key, {}]));
}

function mergeShell(request: ContainerConfig, image: OciContainerConfig): Partial<ContainerConfig> {
  const shell = request.Shell ?? image.Shell;
  return shell === undefined || shell === null || shell.length === 0 ? {} : { Shell: shell };
}

function firstText(...texts: readonly (string | null | undefined)[]): string {
  return texts.find((text) => text !== undefined && text !== null && text !== '') ?? '';
}

function optionalText(key: string, text: string): Partial<ContainerConfig> {
  return text === '' ? {} : { [key]: text };
}
