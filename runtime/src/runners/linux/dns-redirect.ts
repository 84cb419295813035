// Rules inside a container's network namespace that lead 127.0.0.11 port 53 to the shim's DNS relay, which listens on free
// ports so that a name server in the container can have port 53.

/** An nft script; running it again replaces the ports. */
export function dnsRedirect(ports: { readonly udp: number; readonly tcp: number }): string {
  return `add table ip coracle_dns
delete table ip coracle_dns
table ip coracle_dns {
  chain output {
    type nat hook output priority -100;
    ip daddr 127.0.0.11 udp dport 53 dnat to 127.0.0.11:${ports.udp}
    ip daddr 127.0.0.11 tcp dport 53 dnat to 127.0.0.11:${ports.tcp}
  }
}
`;
}
