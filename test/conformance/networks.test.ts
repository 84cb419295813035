// Networks: addresses, names, isolation, connect and disconnect, published ports. Ports are tried from the network namespace
// of the suite, which is the engine's.

import { useEngine } from './engine.ts';
import { shellCases } from './shell-cases.ts';

const server = (flags: string): string =>
  `docker run -d --name $N ${flags} $IMG sh -c 'mkdir /w; echo served >/w/f; exec httpd -f -p 80 -h /w' >/dev/null`;
/** Fetches until it works, since a server needs a moment. */
const fetch = `fetch() { for i in $(seq 300); do curl -sf --max-time 10 "$1" && return; sleep 0.1; done; return 1; }`;
/** The host's address on the default bridge, as a container sees it. */
const gateway = `gateway=$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' bridge)`;
/** Busybox's `wget` inside a container, likewise. */
const wget = (url: string): string =>
  `sh -c 'for i in $(seq 300); do wget -q -O - ${url} 2>/dev/null && exit; sleep 0.1; done; exit 1'`;

/** Tries for two seconds; prints nothing when there is no way. */
const once = (url: string): string => `sh -c 'timeout -s KILL 2 wget -q -O - ${url} 2>/dev/null; true'`;

/** Busybox has no server for UDP, so the container borrows the Python of the host. */
const udpEcho = (flags: string): string =>
  `docker run -d --name $N ${flags} -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro $IMG /usr/bin/python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 9))
while True:
    data, peer = s.recvfrom(99)
    s.sendto(data, peer)
' >/dev/null`;
const udpAsk = `
import socket
for _ in range(200):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(0.3)
    s.sendto(b"ping", ("127.0.0.1", 18095))
    try:
        print(s.recv(99).decode()); break
    except OSError:
        pass
`;

const everyLoopback = `${fetch}; ${server('-p 18081:80')}; for i in 1 2; do fetch http://127.0.0.$i:18081/f; done`;

describe('conformance: networks', () => {
  const engine = useEngine();

  shellCases(engine, [
    {
      title: 'the default bridge gives an address and a default route',
      lightweight: {
        script: `docker run --rm $IMG sh -c 'grep -cw "$HOSTNAME" /etc/hosts'`,
        stdout: '1\n',
      },
      script: `docker run --rm $IMG sh -c 'ip -4 -o addr show eth0 | grep -c "inet 1"; ip route | grep -c ^default'`,
      stdout: '1\n1\n',
    },
    {
      title: 'containers on the default bridge reach each other by address',
      script: `${server('')}; ip=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' $N); docker run --rm $IMG ${wget("http://'$ip'/f")}`,
      stdout: 'served\n',
    },
    {
      title: '--network none has loopback only',
      lightweight: {
        script: `${server('')}; ip=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' $N); docker run --rm $IMG ${wget("http://'$ip'/f")}; docker run --rm --network none $IMG ${once("http://'$ip'/f")}; docker run --rm --network none $IMG sh -c 'mkdir /w; echo own >/w/f; httpd -p 80 -h /w; until wget -q -O - http://127.0.0.1/f 2>/dev/null; do sleep 0.1; done'`,
        stdout: 'served\nown\n',
      },
      script: `docker run --rm --network none $IMG sh -c 'ls /sys/class/net; ip route | wc -l'`,
      stdout: 'lo\n0\n',
    },
    {
      title: '--network host is the host',
      lightweight: {
        script: `${fetch}; ${server('--network host').replace('-p 80', '-p 18101')}; fetch http://127.0.0.1:18101/f`,
        stdout: 'served\n',
      },
      script: `[ "$(docker run --rm --network host $IMG readlink /proc/self/ns/net)" = "$(readlink /proc/self/ns/net)" ]`,
      // The engine has a network of its own, with its bridges and the way out in it.
      rootless: {
        script: `docker run --rm --network host $IMG sh -c 'readlink /proc/self/ns/net; ls /sys/class/net' >$T/f; ! grep -F "$(readlink /proc/self/ns/net)" $T/f; grep -cE '^(lo|tap0|coracle0)$' $T/f`,
        stdout: '3\n',
      },
    },
    {
      title: '--network container:',
      script: `${server('')}; docker run --rm --network container:$N $IMG ${wget('http://127.0.0.1/f')}`,
      stdout: 'served\n',
    },
    {
      title: '--network container: of an unknown one',
      script: `docker run --rm --network container:no-such $IMG true`,
      code: 125,
      stderr: /No such container: no-such/,
    },
    {
      title: 'names resolve on a network of the user',
      script: `docker network create $N-net >/dev/null; ${server('--network $N-net --network-alias web')}; for n in $N web $(docker inspect -f '{{printf "%.12s" .Id}}' $N); do docker run --rm --network $N-net $IMG ${wget("http://'$n'/f")}; done`,
      stdout: 'served\nserved\nserved\n',
    },
    {
      title: 'reverse lookups give the name',
      needsLinux: 'lookups of addresses, which WASI has not',
      script: `docker network create $N-net >/dev/null; ${server('--network $N-net')}; ip=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' $N); docker run --rm --network $N-net $IMG nslookup $ip | grep -o "name = $N.$N-net" | sed "s/$N/N/g"`,
      stdout: 'name = N.N-net\n',
    },
    {
      title: 'an alias of two containers gives both',
      script: `docker network create $N-net >/dev/null; for i in 1 2; do docker run -d --network $N-net --network-alias both $IMG sleep 600 >/dev/null; done; docker run --rm --network $N-net $IMG nslookup -type=a both | grep -c '^Address: 1'`,
      stdout: '2\n',
    },
    {
      title: 'a name is gone with its container',
      script: `docker network create $N-net >/dev/null; docker run -d --name $N --network $N-net $IMG sleep 600 >/dev/null; docker rm -f $N >/dev/null; docker run --rm --network $N-net $IMG nslookup $N`,
      code: 1,
    },
    {
      title: 'a rename changes the name',
      script: `docker network create $N-net >/dev/null; docker run -d --name $N --network $N-net $IMG sleep 600 >/dev/null; docker rename $N $N-new; docker run --rm --network $N-net $IMG nslookup -type=a $N-new | grep -c '^Address: 1'`,
      stdout: '1\n',
    },
    {
      title: 'names do not resolve on the default bridge',
      lightweight: {
        script: `docker run -d --name $N $IMG sleep 600 >/dev/null; docker run --rm $IMG nslookup $N`,
        stderr: /can't resolve/,
      },
      script: `docker run -d --name $N $IMG sleep 600 >/dev/null; docker run --rm $IMG ping -c 1 -W 1 $N`,
      code: 1,
    },
    {
      title: '--link names a container on the default bridge',
      script: `${server('')}; docker run --rm --link $N:web $IMG ${wget('http://web/f')}`,
      stdout: 'served\n',
    },
    {
      title: '--subnet, --gateway, --ip',
      lightweight: {
        script: `docker network create --subnet 10.98.7.0/24 --gateway 10.98.7.5 $N-net >/dev/null; docker run --rm --hostname web --network $N-net --ip 10.98.7.77 $IMG sh -c 'grep -w web /etc/hosts | cut -f 1; nslookup web | grep Address'`,
        stdout: '10.98.7.77\nAddress: 10.98.7.77\n',
      },
      script: `docker network create --subnet 10.98.7.0/24 --gateway 10.98.7.5 $N-net >/dev/null; docker run --rm --network $N-net --ip 10.98.7.77 $IMG sh -c 'ip -4 -o addr show eth0 | grep -o "10.98.7.77/24"; ip route | grep -o "default via 10.98.7.5"'`,
      stdout: '10.98.7.77/24\ndefault via 10.98.7.5\n',
    },
    {
      title: '--ip-range and --aux-address',
      lightweight: {
        script: `docker network create --subnet 10.98.6.0/24 --ip-range 10.98.6.128/30 --aux-address x=10.98.6.129 --gateway 10.98.6.1 $N-net >/dev/null; docker run --rm --hostname web --network $N-net $IMG sh -c 'echo $(grep -w web /etc/hosts | cut -f 1)/'`,
      },
      script: `docker network create --subnet 10.98.6.0/24 --ip-range 10.98.6.128/30 --aux-address x=10.98.6.129 --gateway 10.98.6.1 $N-net >/dev/null; docker run --rm --network $N-net $IMG ip -4 -o addr show eth0 | grep -o '10.98.6.1[0-9]*/'`,
      stdout: /^10\.98\.6\.1(28|30|31)\/\n$/,
    },
    {
      title: 'an address that is taken is refused',
      script: `docker network create --subnet 10.98.5.0/24 $N-net >/dev/null; docker run -d --network $N-net --ip 10.98.5.9 $IMG sleep 600 >/dev/null; docker run --rm --network $N-net --ip 10.98.5.9 $IMG true`,
      code: 125,
      stderr: /Address already in use/,
    },
    {
      title: 'a fixed address needs a network with a subnet of the user',
      script: `docker run --rm --ip 172.17.0.99 $IMG true`,
      code: 125,
      stderr: /user[- ]specified IP address is supported (only when connecting to|on) user[- ]defined networks/i,
    },
    {
      title: 'overlapping subnets are refused',
      script: `docker network create --subnet 10.98.4.0/24 $N-a >/dev/null; docker network create --subnet 10.98.4.128/25 $N-b`,
      code: 1,
      stderr: /Pool overlaps with other one on this address space/,
    },
    {
      title: 'a name that is taken is refused',
      script: `docker network create $N-net >/dev/null; docker network create $N-net`,
      code: 1,
      stderr: /network with name c\w+-net already exists/,
    },
    {
      title: 'networks are isolated from each other',
      script: `docker network create $N-a >/dev/null; docker network create $N-b >/dev/null; ${server('--network $N-a')}; ip=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' $N); docker run --rm --network $N-a $IMG ${wget("http://'$ip'/f")}; docker run --rm --network $N-b $IMG ${once("http://'$ip'/f")}`,
      stdout: 'served\n',
    },
    {
      title: '--internal reaches its own members and nobody else',
      script: `docker network create --internal $N-net >/dev/null; ${server('--network $N-net')}; docker network connect bridge $N; docker run --rm --network $N-net $IMG ${wget("http://'$N'/f")}; ip=$(docker inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' $N); docker run --rm $IMG ${wget("http://'$ip'/f")}; docker run --rm --network $N-net $IMG ${once("http://'$ip'/f")}`,
      stdout: 'served\nserved\n',
    },
    {
      title: 'connect and disconnect on a running container',
      lightweight: {
        script: `docker network create $N-net >/dev/null; ${server('')}; ask="docker run --rm --network $N-net $IMG"; docker network connect --alias extra $N-net $N; $ask ${wget('http://extra/f')}; docker network disconnect $N-net $N; $ask nslookup -type=a extra 2>&1`,
        code: 1,
        stdout: /^served\n.*can't resolve 'extra'\n$/,
      },
      script: `docker network create $N-net >/dev/null; docker run -d --name $N $IMG sleep 600 >/dev/null; docker network connect --alias extra $N-net $N; docker exec $N sh -c 'ls /sys/class/net' | tr '\\n' ' '; docker run --rm --network $N-net $IMG nslookup -type=a extra | grep -c '^Address: 1'; docker network disconnect $N-net $N; docker exec $N ls /sys/class/net | tr '\\n' ' '`,
      stdout: 'eth0 eth1 lo 1\neth0 lo ',
    },
    {
      title: 'connect with a fixed address',
      lightweight: {
        script: `docker network create --subnet 10.98.3.0/24 $N-net >/dev/null; ${server('')}; docker network connect --ip 10.98.3.33 $N-net $N; docker run --rm --network $N-net $IMG ${wget('http://10.98.3.33/f')}`,
        stdout: 'served\n',
      },
      script: `docker network create --subnet 10.98.3.0/24 $N-net >/dev/null; docker run -d --name $N $IMG sleep 600 >/dev/null; docker network connect --ip 10.98.3.33 $N-net $N; docker exec $N ip -4 -o addr show eth1 | grep -o '10.98.3.33/24'`,
      stdout: '10.98.3.33/24\n',
    },
    {
      title: 'connect a stopped container, found at its start',
      lightweight: {
        script: `docker network create $N-net >/dev/null; ${server('--network $N-net')}; docker create --name $N-b $IMG ${wget("http://'$N'/f")} >/dev/null; docker network connect $N-net $N-b; docker start -a $N-b`,
        stdout: 'served\n',
      },
      script: `docker network create $N-net >/dev/null; docker create --name $N $IMG ls /sys/class/net >/dev/null; docker network connect $N-net $N; docker start -a $N | tr '\\n' ' '`,
      stdout: 'eth0 eth1 lo ',
    },
    {
      title: 'connect twice is refused',
      script: `docker network create $N-net >/dev/null; docker run -d --name $N --network $N-net $IMG sleep 600 >/dev/null; docker network connect $N-net $N`,
      code: 1,
      stderr: /already exists in network/,
    },
    {
      title: 'disconnect of what is not connected is refused',
      script: `docker network create $N-net >/dev/null; docker run -d --name $N $IMG sleep 600 >/dev/null; docker network disconnect $N-net $N`,
      code: 1,
      stderr: /is not connected to/,
    },
    {
      title: 'a network in use is kept',
      script: `docker network create $N-net >/dev/null; docker run -d --name $N --network $N-net $IMG sleep 600 >/dev/null; docker network rm $N-net`,
      code: 1,
      stderr: /has active endpoints/,
    },
    {
      title: 'predefined networks are kept',
      script: `docker network rm bridge`,
      code: 1,
      stderr: /bridge is a pre-defined network and cannot be removed/,
    },
    {
      title: 'an unknown network',
      script: `docker network inspect no-such-net`,
      code: 1,
      stderr: /[Nn]o such network: no-such-net|network no-such-net not found/,
    },
    {
      title: 'network ls with filters',
      script: `docker network create --label a=$N $N-net >/dev/null; docker network ls -f label=a=$N --format '{{.Name}} {{.Driver}} {{.Scope}}' | sed "s/$N/N/"; docker network ls -f type=builtin --format '{{.Name}}' | sort | tr '\\n' ' '`,
      stdout: 'N-net bridge local\nbridge host none ',
    },
    {
      title: 'network ls and volume ls filter by names as patterns of Go',
      script: `docker network create $N-Net >/dev/null; docker volume create $N-Vol >/dev/null; docker network ls -f name="(?i)$N-NET$" --format '{{.Name}}'; docker volume ls -q -f name="$N-(?i:v)\\pL{2}"; docker volume ls -q -f name="($N"`,
      stdout: /^(c\w+)-Net\n\1-Vol\n$/,
    },
    {
      title: 'network disconnect from host of a container that is not in it',
      script: `docker run -d --name $N $IMG sleep 600 >/dev/null; docker network disconnect host $N`,
      code: 1,
      stderr: /container \w+ is not connected to network host/,
    },
    {
      title: 'network inspect shows its containers',
      script: `docker network create --subnet 10.98.2.0/24 $N-net >/dev/null; docker run -d --name $N --network $N-net --ip 10.98.2.8 $IMG sleep 600 >/dev/null; docker network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}} {{(index .IPAM.Config 0).Subnet}}' $N-net | sed "s/$N/N/"`,
      stdout: 'N 10.98.2.8/24 10.98.2.0/24\n',
    },
    {
      title: 'network prune',
      script: `docker network create $N-net >/dev/null; docker network prune -f >/dev/null; docker network ls -q -f name=$N-net | wc -l`,
      stdout: '0\n',
    },
    {
      title: 'a network with IPv6',
      lightweight: {
        script: `docker network create --ipv6 --subnet fd00:98::/64 $N-net >/dev/null; docker run -d --network $N-net --network-alias web $IMG sleep 600 >/dev/null; docker run --rm --network $N-net $IMG nslookup -type=aaaa web | grep -c '^Address: fd00:98:'`,
      },
      script: `docker network create --ipv6 --subnet fd00:98::/64 $N-net >/dev/null; docker run --rm --network $N-net $IMG sh -c 'ip -6 -o addr show eth0 | grep -c fd00:98:'`,
      stdout: '1\n',
    },
    {
      title: 'an unknown driver is refused',
      script: `docker network create -d nonsense $N-net`,
      code: 1,
      stderr: /nonsense/,
    },

    {
      title: '-p publishes on loopback',
      script: `${fetch}; ${server('-p 127.0.0.1:18080:80')}; fetch http://127.0.0.1:18080/f`,
      stdout: 'served\n',
    },
    {
      title: '-p publishes on every address',
      script: `${fetch}; ${server('-p 18081:80')}; fetch http://127.0.0.1:18081/f; ${gateway}; fetch http://$gateway:18081/f`,
      stdout: 'served\nserved\n',
      // Bridges are not seen where the suite is.
      rootless: { script: everyLoopback },
      lightweight: { script: everyLoopback },
    },
    {
      title: '-p with a random port, found by docker port',
      script: `${fetch}; ${server('-p 127.0.0.1::80')}; at=$(docker port $N 80/tcp); fetch http://$at/f; docker port $N`,
      stdout: /^served\n80\/tcp -> 127\.0\.0\.1:\d+\n$/,
    },
    {
      title: '-p with a range',
      script: `${fetch}; docker run -d --name $N -p 127.0.0.1:18090-18092:80-82 $IMG sh -c 'mkdir /w; echo r >/w/f; httpd -p 80 -h /w; httpd -f -p 82 -h /w' >/dev/null; fetch http://127.0.0.1:18090/f; fetch http://127.0.0.1:18092/f; docker port $N | wc -l`,
      stdout: 'r\nr\n3\n',
    },
    {
      title: '-p with a range leaves the port that another -p wants',
      script: `docker run -d --name $N -p 127.0.0.1:18086-18088:80 -p 127.0.0.1:18086:81 $IMG sleep 600 >/dev/null; docker port $N`,
      stdout: '80/tcp -> 127.0.0.1:18087\n81/tcp -> 127.0.0.1:18086\n',
    },
    {
      title: '-P publishes what is exposed',
      script: `${fetch}; ${server('-P --expose 80')}; at=$(docker port $N 80/tcp | head -n 1 | sed s/0.0.0.0/127.0.0.1/); fetch http://$at/f`,
      stdout: 'served\n',
    },
    {
      title: '-p of udp',
      // No program of preview 1 takes datagrams; components do (test/networks/user-datagrams.test.ts).
      lightweight: { script: `docker run --rm -p 127.0.0.1:18095:9/udp $IMG true`, stdout: '' },
      script: `${udpEcho('-p 127.0.0.1:18095:9/udp')}; /usr/bin/python3 -c '${udpAsk}'`,
      stdout: 'ping\n',
    },
    {
      title: 'a port in use is refused, and the container stays created',
      script: `${server('-p 127.0.0.1:18096:80')}; docker run --name $N-b -p 127.0.0.1:18096:80 $IMG true; c=$?; docker inspect -f '{{.State.Status}}' $N-b; exit $c`,
      code: 125,
      stdout: 'created\n',
      stderr: /port is already allocated|address already in use/,
    },
    {
      title: 'a port is free again after stop',
      script: `${server('-p 127.0.0.1:18097:80')}; docker rm -f $N >/dev/null; docker run --rm -p 127.0.0.1:18097:80 $IMG true`,
    },
    {
      title: 'a published port is reached from another container through the gateway',
      script: `${server('-p 18098:80')}; ${gateway}; docker run --rm $IMG ${wget("http://'$gateway':18098/f")}`,
      stdout: 'served\n',
    },
    {
      title: 'a port on loopback is not reached through the gateway',
      script: `${fetch}; ${server('-p 127.0.0.1:18099:80')}; fetch http://127.0.0.1:18099/f; ${gateway}; docker run --rm $IMG ${once("http://'$gateway':18099/f")}`,
      stdout: 'served\n',
    },
    {
      title: 'ps shows ports',
      script: `${server('-p 127.0.0.1:18100:80 --expose 81')}; docker ps --filter name=$N --format '{{.Ports}}'`,
      stdout: '81/tcp, 127.0.0.1:18100->80/tcp\n',
    },
    {
      title: 'a port that is no port is refused',
      script: `docker run --rm -p 99999:80 $IMG true`,
      code: 125,
      stderr: /[Ii]nvalid/,
    },
  ]);
});
