// The shapes of the Docker Engine API about volumes, as the API description names them. A field is optional and may
// be null because clients send and expect both.

export interface Volume {
  readonly Name?: string | null | undefined;
  readonly Driver?: string | null | undefined;
  readonly Mountpoint?: string | null | undefined;
  readonly CreatedAt?: string | null | undefined;
  readonly Status?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly Scope?: string | null | undefined;
  readonly ClusterVolume?:
    | {
        readonly ID?: string | null | undefined;
        readonly Version?:
          | {
              readonly Index?: number | null | undefined;
            }
          | null
          | undefined;
        readonly CreatedAt?: string | null | undefined;
        readonly UpdatedAt?: string | null | undefined;
        readonly Spec?:
          | {
              readonly Group?: string | null | undefined;
              readonly AccessMode?:
                | {
                    readonly Scope?: string | null | undefined;
                    readonly Sharing?: string | null | undefined;
                    readonly MountVolume?: Readonly<Record<string, unknown>> | null | undefined;
                    readonly Secrets?:
                      | readonly {
                          readonly Key?: string | null | undefined;
                          readonly Secret?: string | null | undefined;
                        }[]
                      | null
                      | undefined;
                    readonly AccessibilityRequirements?:
                      | {
                          readonly Requisite?:
                            | readonly {
                                readonly Segments?: Readonly<Record<string, string>> | null | undefined;
                              }[]
                            | null
                            | undefined;
                          readonly Preferred?:
                            | readonly {
                                readonly Segments?: Readonly<Record<string, string>> | null | undefined;
                              }[]
                            | null
                            | undefined;
                        }
                      | null
                      | undefined;
                    readonly CapacityRange?:
                      | {
                          readonly RequiredBytes?: number | null | undefined;
                          readonly LimitBytes?: number | null | undefined;
                        }
                      | null
                      | undefined;
                    readonly Availability?: string | null | undefined;
                  }
                | null
                | undefined;
            }
          | null
          | undefined;
        readonly Info?:
          | {
              readonly CapacityBytes?: number | null | undefined;
              readonly VolumeContext?: Readonly<Record<string, string>> | null | undefined;
              readonly VolumeID?: string | null | undefined;
              readonly AccessibleTopology?:
                | readonly {
                    readonly Segments?: Readonly<Record<string, string>> | null | undefined;
                  }[]
                | null
                | undefined;
            }
          | null
          | undefined;
        readonly PublishStatus?:
          | readonly {
              readonly NodeID?: string | null | undefined;
              readonly State?: string | null | undefined;
              readonly PublishContext?: Readonly<Record<string, string>> | null | undefined;
            }[]
          | null
          | undefined;
      }
    | null
    | undefined;
  readonly Options?: Readonly<Record<string, string>> | null | undefined;
  readonly UsageData?:
    | {
        readonly Size?: number | null | undefined;
        readonly RefCount?: number | null | undefined;
      }
    | null
    | undefined;
}

export interface VolumeCreateRequest {
  readonly Name?: string | null | undefined;
  readonly Driver?: string | null | undefined;
  readonly DriverOpts?: Readonly<Record<string, string>> | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly ClusterVolumeSpec?:
    | {
        readonly Group?: string | null | undefined;
        readonly AccessMode?:
          | {
              readonly Scope?: string | null | undefined;
              readonly Sharing?: string | null | undefined;
              readonly MountVolume?: Readonly<Record<string, unknown>> | null | undefined;
              readonly Secrets?:
                | readonly {
                    readonly Key?: string | null | undefined;
                    readonly Secret?: string | null | undefined;
                  }[]
                | null
                | undefined;
              readonly AccessibilityRequirements?:
                | {
                    readonly Requisite?:
                      | readonly {
                          readonly Segments?: Readonly<Record<string, string>> | null | undefined;
                        }[]
                      | null
                      | undefined;
                    readonly Preferred?:
                      | readonly {
                          readonly Segments?: Readonly<Record<string, string>> | null | undefined;
                        }[]
                      | null
                      | undefined;
                  }
                | null
                | undefined;
              readonly CapacityRange?:
                | {
                    readonly RequiredBytes?: number | null | undefined;
                    readonly LimitBytes?: number | null | undefined;
                  }
                | null
                | undefined;
              readonly Availability?: string | null | undefined;
            }
          | null
          | undefined;
      }
    | null
    | undefined;
}

export interface VolumeListResponse {
  readonly Volumes?: readonly Volume[] | null | undefined;
  readonly Warnings?: readonly string[] | null | undefined;
}
