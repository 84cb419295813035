// Writes config.json of a container once its root is mounted: who the user is, what its /dev/shm is, whether the system call
// filter is compiled already.

import type { Kernel } from '../../host/kernel.ts';
import type { SandboxSpec } from '../runner.ts';
import { grantCapabilities } from './capabilities.ts';
import { shmSize } from './mounts.ts';
import type { RuntimeSpec } from './oci-runtime-spec.ts';
import type { HostFacts } from './probe.ts';
import type { ProcessGroup } from './process-group.ts';
import { readAccountFiles } from './root-files.ts';
import { mountShm } from './root-mounts.ts';
import type { RunFolder } from './run-folder.ts';
import type { Runtime } from './runtimes.ts';
import type { SeccompCache } from './seccomp-cache.ts';
import { defaultSeccomp } from './seccomp.ts';
import { serializeSpec } from './serialize.ts';
import { buildSpec } from './spec-builder.ts';
import { requireUser, resolveUser } from '../users.ts';

export interface DocumentWriterOptions {
  readonly kernel: Kernel;
  readonly facts: HostFacts;
  readonly initPath: string | undefined;
  readonly seccomp: SeccompCache | undefined;
  /** Directory on the host of the /dev/shm of the container with this first process, when it is shared. */
  readonly shmOf: (pid: number) => string | undefined;
}

export interface Prepared {
  readonly folder: RunFolder;
  readonly runtime: Runtime;
  readonly group: ProcessGroup;
}

export class DocumentWriter {
  readonly #options: DocumentWriterOptions;

  constructor(options: DocumentWriterOptions) {
    this.#options = options;
  }

  /** Begins to compile the default filter. */
  warmUp(): void {
    const { facts, seccomp } = this.#options;
    const { capabilities } = grantCapabilities({ add: [], drop: [], privileged: false, held: facts.capabilities });
    seccomp?.get(defaultSeccomp({ ...facts, capabilities }));
  }

  async settled(): Promise<void> {
    await this.#options.seccomp?.settled();
  }

  /**
   * Writes the document; the root must be mounted at `folder.root`.
   * @returns what was written, the system call filter not yet replaced
   */
  async write(spec: SandboxSpec, { folder, runtime, group }: Prepared): Promise<RuntimeSpec> {
    const { kernel, facts, initPath } = this.#options;
    const sharedShm = await this.#sharedShm(spec, folder);
    const files = await readAccountFiles(folder.root, () => kernel.openTree({ root: folder.root }));
    const user = resolveUser(spec.config.User ?? '', spec.hostConfig.GroupAdd ?? [], files);
    requireUser(user, facts);
    const document = buildSpec(spec, {
      facts,
      user,
      rootPath: folder.root,
      cgroupsPath: group.path,
      initPath,
      sharedShm,
      recursiveReadOnly: runtime.recursiveReadOnly,
      takesDomainname: runtime.takesDomainname,
    });
    folder.write(folder.config, serializeSpec(this.#withCompiledSeccomp(document, runtime)));
    return document;
  }

  #withCompiledSeccomp(document: RuntimeSpec, runtime: Runtime): RuntimeSpec {
    const { seccomp, ...linux } = document.linux;
    if (seccomp === undefined || !runtime.takesCompiledSeccomp || seccomp.listenerPath !== undefined) return document;
    const filter = this.#options.seccomp?.get(seccomp);
    if (filter === undefined) return document;
    return { ...document, annotations: { ...document.annotations, 'run.oci.seccomp_bpf_data': filter }, linux };
  }

  /** A shareable container has its /dev/shm on the host, where those who join find it. */
  async #sharedShm(spec: SandboxSpec, folder: RunFolder): Promise<string | undefined> {
    if (spec.joinIpcPid !== undefined) return this.#options.shmOf(spec.joinIpcPid);
    if (spec.hostConfig.IpcMode !== 'shareable') return undefined;
    await mountShm(this.#options.kernel, folder, shmSize(spec.hostConfig));
    return folder.shm;
  }
}
