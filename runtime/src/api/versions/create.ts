// What POST /containers/create meant to older clients: one step per API version, on the decoded request. A step changes the
// request of a client below its version into what the same client would send today.

import type { HostConfig, Mount } from '../../spec/api/containers.ts';
import type { CreateRequest } from '../../spec/engine/containers.ts';
import { EngineError } from '../../spec/errors.ts';

type Step = (request: CreateRequest) => CreateRequest;

function withHost(request: CreateRequest, change: Partial<HostConfig>): CreateRequest {
  return { ...request, hostConfig: { ...request.hostConfig, ...change } };
}

function withMounts(request: CreateRequest, change: (mount: Mount) => Mount): CreateRequest {
  const { Mounts } = request.hostConfig;
  return Mounts === null || Mounts === undefined ? request : withHost(request, { Mounts: Mounts.map(change) });
}

function withoutBindOption(name: keyof NonNullable<Mount['BindOptions']>): Step {
  return (request) =>
    withMounts(request, (mount) =>
      mount.BindOptions ? { ...mount, BindOptions: { ...mount.BindOptions, [name]: undefined } } : mount,
    );
}

/** Before 1.40 a container's IPC namespace could be joined unless said otherwise. */
const to40: Step = (request) =>
  withoutBindOption('NonRecursive')(request.hostConfig.IpcMode ? request : withHost(request, { IpcMode: 'shareable' }));

/** Before 1.41 the cgroup namespace was the host's, and the platform came from nowhere but the image. */
const to41: Step = (request) => {
  const { platform: _, ...rest } = request;
  return rest.hostConfig.CgroupnsMode ? rest : withHost(rest, { CgroupnsMode: 'host' });
};

/** Before 1.42 options of another type of mount than the mount's own were let pass, and these fields were not known. */
const to42: Step = (request) =>
  withMounts(withoutBindOption('CreateMountpoint')(withHost(request, { ConsoleSize: undefined })), (mount) => ({
    ...mount,
    BindOptions: mount.Type === 'bind' ? mount.BindOptions : undefined,
    VolumeOptions: mount.Type === 'volume' ? mount.VolumeOptions : undefined,
    TmpfsOptions: mount.Type === 'tmpfs' ? mount.TmpfsOptions : undefined,
  }));

const to43: Step = (request) => withHost(request, { Annotations: undefined });

/** Before 1.44 a container began on one network at most, the mode was kept as `default`, and a read-only bind was not
 * read-only below it. */
const to44: Step = (request) => {
  const names = Object.keys(request.networkingConfig.EndpointsConfig ?? {});
  if (names.length > 1) {
    throw new EngineError(
      'invalidParameter',
      `Container cannot be created with multiple network endpoints: ${names.toSorted().join(', ')}`,
    );
  }
  const health = request.config.Healthcheck;
  const config = health ? { ...request.config, Healthcheck: { ...health, StartInterval: undefined } } : request.config;
  const mode = request.hostConfig.NetworkMode || 'default';
  return withMounts(withHost({ ...request, config }, { NetworkMode: mode }), (mount) =>
    mount.Type === 'bind' && mount.ReadOnly === true
      ? {
          ...mount,
          BindOptions: { ...mount.BindOptions, ReadOnlyNonRecursive: true, ReadOnlyForceRecursive: undefined },
        }
      : mount,
  );
};

const to45: Step = (request) =>
  withMounts(request, (mount) => {
    if (!mount.VolumeOptions?.Subpath) return mount;
    throw new EngineError('invalidParameter', 'VolumeOptions.Subpath needs API v1.45 or newer');
  });

const to46: Step = (request) =>
  withMounts(request, (mount) =>
    mount.TmpfsOptions ? { ...mount, TmpfsOptions: { ...mount.TmpfsOptions, Options: undefined } } : mount,
  );

const to48: Step = (request) =>
  withMounts(request, (mount) => {
    if (mount.Type !== 'image') return mount;
    throw new EngineError('invalidParameter', 'Mount type "Image" needs API v1.48 or newer');
  });

const steps: readonly (readonly [version: number, step: Step])[] = [
  [40, to40],
  [41, to41],
  [42, to42],
  [43, to43],
  [44, to44],
  [45, to45],
  [46, to46],
  [48, to48],
];

/** The request of a client that speaks `version`, in today's terms. @throws EngineError invalidParameter */
export function upgradeCreate(request: CreateRequest, version: number): CreateRequest {
  const current = steps.reduce((value, [from, step]) => (version < from ? step(value) : value), request);
  const mode = current.hostConfig.NetworkMode ?? '';
  return version >= 44 && (mode === '' || mode === 'default') ? withHost(current, { NetworkMode: 'bridge' }) : current;
}
