// Templates over one document of the API (`inspect -f`, `version`, `info`): fields as Go's structs have them, where a part that
// the engine left out is nil rather than an error.

import { goPrint, templateFunctions } from './template-functions.ts';
import { TemplateError } from './template-parse.ts';
import { compileTemplate } from './template-run.ts';

/** Go's structs call some members otherwise than the JSON does; templates may use either. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['ID', 'Id'],
  ['APIVersion', 'ApiVersion'],
]);

/** Members that the API leaves out when they are empty: reading them gives nil, so that `{{if .State.Health}}` works. */
const optional = new Set(
  `Health Healthcheck Mounts SizeRw SizeRootFs StopTimeout StopSignal MacAddress Shell OnBuild Init Tmpfs Annotations Sysctls
  StorageOpt ImageManifestDescriptor Descriptor Manifests Status ClusterVolume UsageData Variant OsVersion Parent Container
  DockerVersion ContainerConfig ArgsEscaped NetworkDisabled ExecIDs ExposedPorts Volumes Labels Options Warnings Runtimes
  Domainname VolumeDriver Peers Services MaskedPaths ReadonlyPaths BindOptions VolumeOptions TmpfsOptions Name Driver Source
  IPRange Gateway AuxiliaryAddresses AuxAddress Config Ports Networks IPAMConfig Links Aliases DriverOpts DNSNames Comment Author
  Experimental BuildTime GitCommit KernelVersion Client Server Platform Components`.split(/\s+/),
);

/**
 * Compiles a template for documents.
 * @throws TemplateError `template parsing error: …`
 */
export function documentTemplate(source: string): (data: unknown) => string {
  const wrap = (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    return new TemplateError(`template parsing error: ${why}`, { cause: error });
  };
  try {
    const template = compileTemplate(source, { functions: templateFunctions, print: goPrint, field: documentField });
    return (data) => {
      try {
        return template.execute(data);
      } catch (error) {
        throw wrap(error);
      }
    };
  } catch (error) {
    throw wrap(error);
  }
}

function documentField(value: unknown, name: string): unknown {
  if (value === null || value === undefined) throw new Error(`nil pointer evaluating interface {}.${name}`);
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`can't evaluate field ${name} in type ${Array.isArray(value) ? '[]interface {}' : typeof value}`);
  }
  if (Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name];
  const alias = aliases.get(name);
  if (alias !== undefined && Object.hasOwn(value, alias)) return (value as Record<string, unknown>)[alias];
  if (optional.has(name)) return null;
  throw new Error(`map has no entry for key ${JSON.stringify(name)}`);
}
