// The shapes of the Docker Engine API about images, as the API description names them. A field is optional and may
// be null because clients send and expect both.

import type { HealthConfig } from './containers.ts';

/** A repository that a search has found. */
export interface ImageSearchResult {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly star_count?: number | null | undefined;
  readonly is_official?: boolean | null | undefined;
  readonly is_automated?: boolean | null | undefined;
}

export interface ImageHistoryResponseItem {
  readonly Id?: string | null | undefined;
  readonly Created?: number | null | undefined;
  readonly CreatedBy?: string | null | undefined;
  readonly Tags?: readonly string[] | null | undefined;
  readonly Size?: number | null | undefined;
  readonly Comment?: string | null | undefined;
}

export interface ImageConfig {
  readonly User?: string | null | undefined;
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null | undefined;
  readonly Env?: readonly string[] | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
  readonly Healthcheck?: HealthConfig | null | undefined;
  readonly ArgsEscaped?: boolean | null | undefined;
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null | undefined;
  readonly WorkingDir?: string | null | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly OnBuild?: readonly string[] | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly StopSignal?: string | null | undefined;
  readonly Shell?: readonly string[] | null | undefined;
}

export interface ImageInspect {
  readonly Id?: string | null | undefined;
  readonly Descriptor?: OCIDescriptor | null | undefined;
  readonly Manifests?:
    | readonly {
        readonly ID?: string | null | undefined;
        readonly Descriptor?: OCIDescriptor | null | undefined;
        readonly Available?: boolean | null | undefined;
        readonly Size?:
          | {
              readonly Total?: number | null | undefined;
              readonly Content?: number | null | undefined;
            }
          | null
          | undefined;
        readonly Kind?: string | null | undefined;
        readonly ImageData?:
          | {
              readonly Platform?: OCIPlatform | null | undefined;
              readonly Identity?:
                | {
                    readonly Signature?:
                      | readonly {
                          readonly Name?: string | null | undefined;
                          readonly Timestamps?:
                            | readonly {
                                readonly Type?: string | null | undefined;
                                readonly URI?: string | null | undefined;
                                readonly Timestamp?: string | null | undefined;
                              }[]
                            | null
                            | undefined;
                          readonly KnownSigner?: string | null | undefined;
                          readonly DockerReference?: string | null | undefined;
                          readonly Signer?:
                            | {
                                readonly CertificateIssuer?: string | null | undefined;
                                readonly SubjectAlternativeName?: string | null | undefined;
                                readonly Issuer?: string | null | undefined;
                                readonly BuildSignerURI?: string | null | undefined;
                                readonly BuildSignerDigest?: string | null | undefined;
                                readonly RunnerEnvironment?: string | null | undefined;
                                readonly SourceRepositoryURI?: string | null | undefined;
                                readonly SourceRepositoryDigest?: string | null | undefined;
                                readonly SourceRepositoryRef?: string | null | undefined;
                                readonly SourceRepositoryIdentifier?: string | null | undefined;
                                readonly SourceRepositoryOwnerURI?: string | null | undefined;
                                readonly SourceRepositoryOwnerIdentifier?: string | null | undefined;
                                readonly BuildConfigURI?: string | null | undefined;
                                readonly BuildConfigDigest?: string | null | undefined;
                                readonly BuildTrigger?: string | null | undefined;
                                readonly RunInvocationURI?: string | null | undefined;
                                readonly SourceRepositoryVisibilityAtSigning?: string | null | undefined;
                              }
                            | null
                            | undefined;
                          readonly SignatureType?: string | null | undefined;
                          readonly Error?: string | null | undefined;
                          readonly Warnings?: readonly string[] | null | undefined;
                        }[]
                      | null
                      | undefined;
                    readonly Pull?:
                      | readonly {
                          readonly Repository?: string | null | undefined;
                        }[]
                      | null
                      | undefined;
                    readonly Build?:
                      | readonly {
                          readonly Ref?: string | null | undefined;
                          readonly CreatedAt?: string | null | undefined;
                        }[]
                      | null
                      | undefined;
                  }
                | null
                | undefined;
              readonly Containers?: readonly string[] | null | undefined;
              readonly Size?:
                | {
                    readonly Unpacked?: number | null | undefined;
                  }
                | null
                | undefined;
            }
          | null
          | undefined;
        readonly AttestationData?:
          | {
              readonly For?: string | null | undefined;
            }
          | null
          | undefined;
      }[]
    | null
    | undefined;
  readonly Identity?:
    | {
        readonly Signature?:
          | readonly {
              readonly Name?: string | null | undefined;
              readonly Timestamps?:
                | readonly {
                    readonly Type?: string | null | undefined;
                    readonly URI?: string | null | undefined;
                    readonly Timestamp?: string | null | undefined;
                  }[]
                | null
                | undefined;
              readonly KnownSigner?: string | null | undefined;
              readonly DockerReference?: string | null | undefined;
              readonly Signer?:
                | {
                    readonly CertificateIssuer?: string | null | undefined;
                    readonly SubjectAlternativeName?: string | null | undefined;
                    readonly Issuer?: string | null | undefined;
                    readonly BuildSignerURI?: string | null | undefined;
                    readonly BuildSignerDigest?: string | null | undefined;
                    readonly RunnerEnvironment?: string | null | undefined;
                    readonly SourceRepositoryURI?: string | null | undefined;
                    readonly SourceRepositoryDigest?: string | null | undefined;
                    readonly SourceRepositoryRef?: string | null | undefined;
                    readonly SourceRepositoryIdentifier?: string | null | undefined;
                    readonly SourceRepositoryOwnerURI?: string | null | undefined;
                    readonly SourceRepositoryOwnerIdentifier?: string | null | undefined;
                    readonly BuildConfigURI?: string | null | undefined;
                    readonly BuildConfigDigest?: string | null | undefined;
                    readonly BuildTrigger?: string | null | undefined;
                    readonly RunInvocationURI?: string | null | undefined;
                    readonly SourceRepositoryVisibilityAtSigning?: string | null | undefined;
                  }
                | null
                | undefined;
              readonly SignatureType?: string | null | undefined;
              readonly Error?: string | null | undefined;
              readonly Warnings?: readonly string[] | null | undefined;
            }[]
          | null
          | undefined;
        readonly Pull?:
          | readonly {
              readonly Repository?: string | null | undefined;
            }[]
          | null
          | undefined;
        readonly Build?:
          | readonly {
              readonly Ref?: string | null | undefined;
              readonly CreatedAt?: string | null | undefined;
            }[]
          | null
          | undefined;
      }
    | null
    | undefined;
  readonly RepoTags?: readonly string[] | null | undefined;
  readonly RepoDigests?: readonly string[] | null | undefined;
  readonly Comment?: string | null | undefined;
  readonly Created?: string | null | undefined;
  readonly Author?: string | null | undefined;
  readonly Config?: ImageConfig | null | undefined;
  readonly Architecture?: string | null | undefined;
  readonly Variant?: string | null | undefined;
  readonly Os?: string | null | undefined;
  readonly OsVersion?: string | null | undefined;
  readonly Size?: number | null | undefined;
  readonly GraphDriver?: DriverData | null | undefined;
  readonly RootFS?:
    | {
        readonly Type?: string | null | undefined;
        readonly Layers?: readonly string[] | null | undefined;
      }
    | null
    | undefined;
  readonly Metadata?:
    | {
        readonly LastTagTime?: string | null | undefined;
      }
    | null
    | undefined;
}

export interface ImageSummary {
  readonly Id?: string | null | undefined;
  readonly ParentId?: string | null | undefined;
  readonly RepoTags?: readonly string[] | null | undefined;
  readonly RepoDigests?: readonly string[] | null | undefined;
  readonly Created?: number | null | undefined;
  readonly Size?: number | null | undefined;
  readonly SharedSize?: number | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly Containers?: number | null | undefined;
  readonly Manifests?:
    | readonly {
        readonly ID?: string | null | undefined;
        readonly Descriptor?: OCIDescriptor | null | undefined;
        readonly Available?: boolean | null | undefined;
        readonly Size?:
          | {
              readonly Total?: number | null | undefined;
              readonly Content?: number | null | undefined;
            }
          | null
          | undefined;
        readonly Kind?: string | null | undefined;
        readonly ImageData?:
          | {
              readonly Platform?: OCIPlatform | null | undefined;
              readonly Identity?:
                | {
                    readonly Signature?:
                      | readonly {
                          readonly Name?: string | null | undefined;
                          readonly Timestamps?:
                            | readonly {
                                readonly Type?: string | null | undefined;
                                readonly URI?: string | null | undefined;
                                readonly Timestamp?: string | null | undefined;
                              }[]
                            | null
                            | undefined;
                          readonly KnownSigner?: string | null | undefined;
                          readonly DockerReference?: string | null | undefined;
                          readonly Signer?:
                            | {
                                readonly CertificateIssuer?: string | null | undefined;
                                readonly SubjectAlternativeName?: string | null | undefined;
                                readonly Issuer?: string | null | undefined;
                                readonly BuildSignerURI?: string | null | undefined;
                                readonly BuildSignerDigest?: string | null | undefined;
                                readonly RunnerEnvironment?: string | null | undefined;
                                readonly SourceRepositoryURI?: string | null | undefined;
                                readonly SourceRepositoryDigest?: string | null | undefined;
                                readonly SourceRepositoryRef?: string | null | undefined;
                                readonly SourceRepositoryIdentifier?: string | null | undefined;
                                readonly SourceRepositoryOwnerURI?: string | null | undefined;
                                readonly SourceRepositoryOwnerIdentifier?: string | null | undefined;
                                readonly BuildConfigURI?: string | null | undefined;
                                readonly BuildConfigDigest?: string | null | undefined;
                                readonly BuildTrigger?: string | null | undefined;
                                readonly RunInvocationURI?: string | null | undefined;
                                readonly SourceRepositoryVisibilityAtSigning?: string | null | undefined;
                              }
                            | null
                            | undefined;
                          readonly SignatureType?: string | null | undefined;
                          readonly Error?: string | null | undefined;
                          readonly Warnings?: readonly string[] | null | undefined;
                        }[]
                      | null
                      | undefined;
                    readonly Pull?:
                      | readonly {
                          readonly Repository?: string | null | undefined;
                        }[]
                      | null
                      | undefined;
                    readonly Build?:
                      | readonly {
                          readonly Ref?: string | null | undefined;
                          readonly CreatedAt?: string | null | undefined;
                        }[]
                      | null
                      | undefined;
                  }
                | null
                | undefined;
              readonly Containers?: readonly string[] | null | undefined;
              readonly Size?:
                | {
                    readonly Unpacked?: number | null | undefined;
                  }
                | null
                | undefined;
            }
          | null
          | undefined;
        readonly AttestationData?:
          | {
              readonly For?: string | null | undefined;
            }
          | null
          | undefined;
      }[]
    | null
    | undefined;
  readonly Descriptor?: OCIDescriptor | null | undefined;
}

export interface ImageDeleteResponseItem {
  readonly Untagged?: string | null | undefined;
  readonly Deleted?: string | null | undefined;
}

export interface DriverData {
  readonly Name?: string | null | undefined;
  readonly Data?: Readonly<Record<string, string>> | null | undefined;
}

export interface CreateImageInfo {
  readonly id?: string | null | undefined;
  readonly errorDetail?: ErrorDetail | null | undefined;
  readonly status?: string | null | undefined;
  readonly progressDetail?: ProgressDetail | null | undefined;
}

export interface ErrorDetail {
  readonly code?: number | null | undefined;
  readonly message?: string | null | undefined;
}

export interface ProgressDetail {
  readonly current?: number | null | undefined;
  readonly total?: number | null | undefined;
}

export interface OCIDescriptor {
  readonly mediaType?: string | null | undefined;
  readonly digest?: string | null | undefined;
  readonly size?: number | null | undefined;
  readonly urls?: readonly string[] | null | undefined;
  readonly annotations?: Readonly<Record<string, string>> | null | undefined;
  readonly data?: string | null | undefined;
  readonly platform?: OCIPlatform | null | undefined;
  readonly artifactType?: string | null | undefined;
}

export interface OCIPlatform {
  readonly architecture?: string | null | undefined;
  readonly os?: string | null | undefined;
  readonly 'os.version'?: string | null | undefined;
  readonly 'os.features'?: readonly string[] | null | undefined;
  readonly variant?: string | null | undefined;
}

/** Coracle's own: `GET /coracle/v1/distribution/{name}/manifest`. */
export interface RemoteManifestText {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** As the registry has it. */
  readonly manifest: string;
}

export interface DistributionInspect {
  readonly Descriptor?: OCIDescriptor | null | undefined;
  readonly Platforms?: readonly OCIPlatform[] | null | undefined;
}

export interface AuthConfig {
  readonly username?: string | null | undefined;
  readonly password?: string | null | undefined;
  readonly serveraddress?: string | null | undefined;
  /** Refresh token that replaces username and password. */
  readonly identitytoken?: string | null | undefined;
  /** Bearer token, sent as it is. */
  readonly registrytoken?: string | null | undefined;
}

export interface AuthResponse {
  readonly Status?: string | null | undefined;
  readonly IdentityToken?: string | null | undefined;
}
