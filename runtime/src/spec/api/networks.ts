// The shapes of the Docker Engine API about networks, as the API description names them. A field is optional and may
// be null because clients send and expect both.

export interface Network {
  readonly Name?: string | null | undefined;
  readonly Id?: string | null | undefined;
  readonly Created?: string | null | undefined;
  readonly Scope?: string | null | undefined;
  readonly Driver?: string | null | undefined;
  readonly EnableIPv4?: boolean | null | undefined;
  readonly EnableIPv6?: boolean | null | undefined;
  readonly IPAM?: IPAM | null | undefined;
  readonly Internal?: boolean | null | undefined;
  readonly Attachable?: boolean | null | undefined;
  readonly Ingress?: boolean | null | undefined;
  readonly ConfigFrom?: ConfigReference | null | undefined;
  readonly ConfigOnly?: boolean | null | undefined;
  readonly Options?: Readonly<Record<string, string>> | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly Peers?:
    | readonly {
        readonly Name?: string | null | undefined;
        readonly IP?: string | null | undefined;
      }[]
    | null
    | undefined;
}

export type NetworkInspect = Network;

export type NetworkSummary = Network;

export interface ConfigReference {
  readonly Network?: string | null | undefined;
}

export interface IPAM {
  readonly Driver?: string | null | undefined;
  readonly Config?: readonly IPAMConfig[] | null | undefined;
  readonly Options?: Readonly<Record<string, string>> | null | undefined;
}

export interface IPAMConfig {
  readonly Subnet?: string | null | undefined;
  readonly IPRange?: string | null | undefined;
  readonly Gateway?: string | null | undefined;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>> | null | undefined;
}

export interface EndpointResource {
  readonly Name?: string | null | undefined;
  readonly EndpointID?: string | null | undefined;
  readonly MacAddress?: string | null | undefined;
  readonly IPv4Address?: string | null | undefined;
  readonly IPv6Address?: string | null | undefined;
}

export interface NetworkCreateResponse {
  readonly Id?: string | null | undefined;
  readonly Warning?: string | null | undefined;
}

export interface NetworkConnectRequest {
  readonly Container?: string | null | undefined;
  readonly EndpointConfig?: EndpointSettings | null | undefined;
}

export interface NetworkDisconnectRequest {
  readonly Container?: string | null | undefined;
  readonly Force?: boolean | null | undefined;
}

export interface EndpointSettings {
  readonly IPAMConfig?: EndpointIPAMConfig | null | undefined;
  readonly Links?: readonly string[] | null | undefined;
  readonly MacAddress?: string | null | undefined;
  readonly Aliases?: readonly string[] | null | undefined;
  readonly DriverOpts?: Readonly<Record<string, string>> | null | undefined;
  readonly GwPriority?: number | null | undefined;
  readonly NetworkID?: string | null | undefined;
  readonly EndpointID?: string | null | undefined;
  readonly Gateway?: string | null | undefined;
  readonly IPAddress?: string | null | undefined;
  readonly IPPrefixLen?: number | null | undefined;
  readonly IPv6Gateway?: string | null | undefined;
  readonly GlobalIPv6Address?: string | null | undefined;
  readonly GlobalIPv6PrefixLen?: number | null | undefined;
  readonly DNSNames?: readonly string[] | null | undefined;
}

export interface EndpointIPAMConfig {
  readonly IPv4Address?: string | null | undefined;
  readonly IPv6Address?: string | null | undefined;
  readonly LinkLocalIPs?: readonly string[] | null | undefined;
}
