/* Connects, listens and looks names up, as its argument says. */

#include "canon.h"

#define TCP(name) IMPORT("wasi:sockets/tcp", "[method]tcp-socket." name)

struct code_result {
  uint8_t failed;
  union {
    uint8_t code;
    int handle;
    int handles[3];
  } __attribute__((aligned(4)));
};
struct plain_result {
  uint8_t failed;
  uint8_t code;
};
struct address_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct {
      uint8_t family;
      uint16_t port __attribute__((aligned(4)));
      uint8_t address[4];
      uint8_t rest[24];
    };
  } __attribute__((aligned(4)));
};
struct found_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct {
      uint8_t is;
      uint8_t family __attribute__((aligned(2)));
      uint8_t address[16] __attribute__((aligned(2)));
    };
  } __attribute__((aligned(2)));
};

int instance_network(void) IMPORT("wasi:sockets/instance-network", "instance-network");
void create_tcp(int family, struct code_result *result) IMPORT("wasi:sockets/tcp-create-socket", "create-tcp-socket");
/* An address flat: its kind, port, four numbers, and what only IPv6 has. */
#define ADDRESS int, int, int, int, int, int, int, int, int, int, int, int
void start_bind(int socket, int network, ADDRESS, struct plain_result *) TCP("start-bind");
void finish_bind(int socket, struct plain_result *result) TCP("finish-bind");
void start_connect(int socket, int network, ADDRESS, struct plain_result *) TCP("start-connect");
void finish_connect(int socket, struct code_result *result) TCP("finish-connect");
void start_listen(int socket, struct plain_result *result) TCP("start-listen");
void finish_listen(int socket, struct plain_result *result) TCP("finish-listen");
void tcp_accept(int socket, struct code_result *result) TCP("accept");
void remote_address(int socket, struct address_result *result) TCP("remote-address");
void local_address(int socket, struct address_result *result) TCP("local-address");
int tcp_subscribe(int socket) TCP("subscribe");
void tcp_shutdown(int socket, int how, struct plain_result *result) TCP("shutdown");
void resolve(int network, const char *name, size_t length, struct code_result *result)
    IMPORT("wasi:sockets/ip-name-lookup", "resolve-addresses");
void next_address(int stream, struct found_result *result)
    IMPORT("wasi:sockets/ip-name-lookup", "[method]resolve-address-stream.resolve-next-address");
int names_subscribe(int stream) IMPORT("wasi:sockets/ip-name-lookup", "[method]resolve-address-stream.subscribe");

enum { WOULD_BLOCK = 8 };

static void failed(const char *what, int code) { say(what), say(" failed with "), say_number(code), say("\n"); }

static void wait_for(int pollable) {
  pollable_block(pollable);
  drop_pollable(pollable);
}

static int number_of(const char *text) {
  int number = 0;
  while (*text >= '0' && *text <= '9') number = number * 10 + *text++ - '0';
  return number;
}

static int made(void) {
  struct code_result result;
  create_tcp(0, &result);
  return result.handle;
}

static void show(const char *what, struct address_result *address) {
  say(what);
  if (address->failed) return failed("", address->code);
  for (int i = 0; i < 4; i++) say(i ? "." : " "), say_number(address->address[i]);
  say("\n");
}

static void client(int port) {
  struct plain_result plain;
  struct code_result connected;
  struct stream_result done;
  struct address_result address;
  int socket = made();
  start_connect(socket, instance_network(), 0, port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, &plain);
  if (plain.failed) return failed("connect", plain.code);
  start_connect(socket, instance_network(), 0, port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, &plain);
  failed("a second connect", plain.code);
  for (;;) {
    finish_connect(socket, &connected);
    if (!connected.failed || connected.code != WOULD_BLOCK) break;
    wait_for(tcp_subscribe(socket));
  }
  if (connected.failed) return failed("connect", connected.code);
  remote_address(socket, &address), show("to", &address);
  blocking_write(connected.handles[1], "ping", 4, &done);
  tcp_shutdown(socket, 1, &plain);
  for (;;) {
    blocking_read(connected.handles[0], 100, &done);
    if (done.failed) break;
    say_all(done.list.at, done.list.length);
  }
  say(done.error == 1 ? "\nend\n" : "\ncut\n");
}

static void server(int port) {
  struct plain_result plain;
  struct code_result accepted;
  struct stream_result done;
  struct address_result address;
  int socket = made();
  start_listen(socket, &plain), failed("listen before bind", plain.code);
  start_bind(socket, instance_network(), 0, port, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, &plain);
  finish_bind(socket, &plain);
  local_address(socket, &address), show("bound to", &address);
  start_listen(socket, &plain);
  for (;;) {
    finish_listen(socket, &plain);
    if (!plain.failed || plain.code != WOULD_BLOCK) break;
    wait_for(tcp_subscribe(socket));
  }
  if (plain.failed) return failed("listen", plain.code);
  say("listens\n");
  for (;;) {
    tcp_accept(socket, &accepted);
    if (!accepted.failed) break;
    if (accepted.code != WOULD_BLOCK) return failed("accept", accepted.code);
    wait_for(tcp_subscribe(socket));
  }
  for (;;) {
    blocking_read(accepted.handles[1], 100, &done);
    if (done.failed) break;
    blocking_write(accepted.handles[2], done.list.at, done.list.length, &done);
  }
  tcp_shutdown(accepted.handles[0], 1, &plain);
  say("served\n");
}

static void lookup(const char *name) {
  struct code_result names;
  struct found_result found;
  resolve(instance_network(), name, length_of(name), &names);
  if (names.failed) return failed("lookup", names.code);
  for (;;) {
    next_address(names.handle, &found);
    if (found.failed && found.code == WOULD_BLOCK) wait_for(names_subscribe(names.handle));
    else if (found.failed) return failed("lookup", found.code);
    else if (!found.is) break;
    else {
      say(found.family ? "ipv6" : "ipv4");
      for (int i = 0; i < (found.family ? 16 : 4); i++) say(" "), say_number(found.address[i]);
      say("\n");
    }
  }
  say("end\n");
}

EXPORT("wasi:cli/run@0.2.12#run") int run(void) {
  out = get_stdout();
  const char *what = argument(1);
  if (is(what, "client")) client(number_of(argument(2)));
  if (is(what, "server")) server(number_of(argument(2)));
  if (is(what, "lookup")) lookup(argument(2));
  return 0;
}
