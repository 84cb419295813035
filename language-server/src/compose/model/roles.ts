// What the values of a Compose file stand for, by their path: the schema says that a value is a string, this table that the string
// names a service. `*` is any key, `#` any item; a path that ends in `*!` is about the key itself.

import type { Step } from '../yaml/tree.ts';

export type NameKind = 'service' | 'network' | 'volume' | 'secret' | 'config' | 'model';

export type Role =
  /** A use of a name. `form` says which part of the string it is. */
  | { readonly kind: 'use'; readonly of: NameKind; readonly form: UseForm }
  | { readonly kind: 'definition'; readonly of: NameKind }
  | { readonly kind: 'profile' }
  | { readonly kind: 'image' }
  /** A language model, by the name that it is pulled by. */
  | { readonly kind: 'language-model' }
  | { readonly kind: 'path'; readonly of: 'file' | 'folder' | 'any' }
  /** A stage of the service's Dockerfile. */
  | { readonly kind: 'target' }
  /** `NAME` or `NAME=value` of a build argument. */
  | { readonly kind: 'argument' }
  | { readonly kind: 'environment' }
  | { readonly kind: 'port' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'values'; readonly values: readonly string[] };

export type UseForm =
  | 'whole'
  /** Up to the first colon. */
  | 'before-colon'
  /** After `service:`. */
  | 'after-service'
  /** The source of a mount in short form, where it is no path. */
  | 'mount'
  /** The source of a mount in long form, where its type is `volume`. */
  | 'mount-source'
  /** The service of an `extends`, which may be in another file. */
  | 'extends';

const use = (of: NameKind, form: UseForm = 'whole'): Role => ({ kind: 'use', of, form });
const file: Role = { kind: 'path', of: 'file' };
const folder: Role = { kind: 'path', of: 'folder' };
const anyPath: Role = { kind: 'path', of: 'any' };
const environment: Role = { kind: 'environment' };
const duration: Role = { kind: 'duration' };
const values = (...names: readonly string[]): Role => ({ kind: 'values', values: names });

const table: Readonly<Record<string, Role>> = {
  'services.*!': { kind: 'definition', of: 'service' },
  'networks.*!': { kind: 'definition', of: 'network' },
  'volumes.*!': { kind: 'definition', of: 'volume' },
  'secrets.*!': { kind: 'definition', of: 'secret' },
  'configs.*!': { kind: 'definition', of: 'config' },
  'models.*!': { kind: 'definition', of: 'model' },
  'include.#': file,
  'include.#.path': file,
  'include.#.path.#': file,
  'include.#.env_file': file,
  'include.#.env_file.#': file,
  'include.#.project_directory': folder,
  'secrets.*.file': file,
  'configs.*.file': file,
  'models.*.model': { kind: 'language-model' },
  'services.*.image': { kind: 'image' },
  'services.*.profiles.#': { kind: 'profile' },
  'services.*.depends_on.#': use('service'),
  'services.*.depends_on.*!': use('service'),
  'services.*.links.#': use('service', 'before-colon'),
  'services.*.volumes_from.#': use('service', 'before-colon'),
  'services.*.network_mode': use('service', 'after-service'),
  'services.*.ipc': use('service', 'after-service'),
  'services.*.pid': use('service', 'after-service'),
  'services.*.extends': use('service', 'extends'),
  'services.*.extends.service': use('service', 'extends'),
  'services.*.extends.file': file,
  'services.*.networks.#': use('network'),
  'services.*.networks.*!': use('network'),
  'services.*.volumes.#': use('volume', 'mount'),
  'services.*.volumes.#.source': use('volume', 'mount-source'),
  'services.*.secrets.#': use('secret'),
  'services.*.secrets.#.source': use('secret'),
  'services.*.configs.#': use('config'),
  'services.*.configs.#.source': use('config'),
  'services.*.models.#': use('model'),
  'services.*.models.*!': use('model'),
  'services.*.build': folder,
  'services.*.build.context': folder,
  'services.*.build.dockerfile': file,
  'services.*.build.target': { kind: 'target' },
  'services.*.build.args.#': { kind: 'argument' },
  'services.*.build.args.*!': { kind: 'argument' },
  'services.*.build.secrets.#': use('secret'),
  'services.*.build.secrets.#.source': use('secret'),
  'services.*.build.additional_contexts.*': use('service', 'after-service'),
  'services.*.build.network': values('default', 'host', 'none'),
  'services.*.env_file': file,
  'services.*.env_file.#': file,
  'services.*.env_file.#.path': file,
  'services.*.label_file': file,
  'services.*.label_file.#': file,
  'services.*.credential_spec.file': file,
  'services.*.credential_spec.config': use('config'),
  'services.*.develop.watch.#.path': anyPath,
  'services.*.environment.#': environment,
  'services.*.environment.*!': environment,
  'services.*.ports.#': { kind: 'port' },
  'services.*.ports.#.mode': values('host', 'ingress'),
  'services.*.ports.#.protocol': values('tcp', 'udp'),
  'services.*.healthcheck.interval': duration,
  'services.*.healthcheck.timeout': duration,
  'services.*.healthcheck.start_period': duration,
  'services.*.healthcheck.start_interval': duration,
  'services.*.stop_grace_period': duration,
  'services.*.restart': values('no', 'always', 'on-failure', 'unless-stopped'),
  'services.*.pull_policy': values('always', 'never', 'missing', 'build', 'daily', 'weekly'),
  'services.*.userns_mode': values('host'),
  'services.*.uts': values('host'),
  'services.*.platform': values('linux/amd64', 'linux/arm64', 'linux/arm/v7', 'windows/amd64'),
  'services.*.stop_signal': values('SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'),
  'services.*.logging.driver': values('json-file', 'local', 'none', 'journald', 'syslog', 'fluentd', 'gelf', 'awslogs'),
  'services.*.deploy.mode': values('replicated', 'global', 'replicated-job', 'global-job'),
  'services.*.deploy.endpoint_mode': values('vip', 'dnsrr'),
  'services.*.deploy.restart_policy.condition': values('none', 'on-failure', 'any'),
  'services.*.deploy.update_config.failure_action': values('continue', 'pause', 'rollback'),
  'services.*.deploy.rollback_config.failure_action': values('continue', 'pause'),
  'services.*.cap_add.#': values('ALL', 'NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE', 'SYS_TIME', 'IPC_LOCK'),
  'services.*.cap_drop.#': values('ALL', 'NET_RAW', 'MKNOD', 'AUDIT_WRITE', 'SETUID', 'SETGID'),
  'networks.*.driver': values('bridge', 'host', 'none', 'overlay', 'macvlan', 'ipvlan'),
  'volumes.*.driver': values('local'),
};

/** A node of the table as a tree, so that a walk goes only where a role may be. */
export interface RoleTree {
  /** Of the value here. */
  readonly role: Role | undefined;
  /** Of the keys of the mapping here. */
  readonly keyRole: Role | undefined;
  readonly children: ReadonlyMap<string, RoleTree>;
}

interface Growing extends RoleTree {
  role: Role | undefined;
  keyRole: Role | undefined;
  readonly children: Map<string, Growing>;
}

export const roleTree: RoleTree = grow();

/** Of a service's own mapping. */
export const serviceRoles: RoleTree | undefined = rolesAt(['services', '*']);

function grow(): RoleTree {
  const root = bud();
  for (const [path, role] of Object.entries(table)) {
    const about = path.endsWith('.*!') ? path.slice(0, -3) : path;
    let node = root;
    for (const step of about.split('.')) {
      const next = node.children.get(step) ?? bud();
      node.children.set(step, next);
      node = next;
    }
    if (about === path) node.role = role;
    else node.keyRole = role;
  }
  return root;
}

function bud(): Growing {
  return { role: undefined, keyRole: undefined, children: new Map() };
}

export function childRoles(tree: RoleTree | undefined, step: Step): RoleTree | undefined {
  if (tree === undefined) return undefined;
  if (typeof step === 'number') return tree.children.get('#');
  return tree.children.get(step) ?? tree.children.get('*');
}

/** Roles at a path; undefined where none may be below it. */
export function rolesAt(path: readonly Step[]): RoleTree | undefined {
  let tree: RoleTree | undefined = roleTree;
  for (const step of path) tree = childRoles(tree, step);
  return tree;
}
