/* Sends and takes datagrams, as its argument says. */

#include "canon.h"

#define UDP(name) IMPORT("wasi:sockets/udp", "[method]" name)

enum { WOULD_BLOCK = 8 };

struct code_result {
  uint8_t failed;
  union {
    uint8_t code;
    int handle;
    int handles[2];
  } __attribute__((aligned(4)));
};
struct plain_result {
  uint8_t failed;
  uint8_t code;
};
struct address {
  uint8_t family;
  uint16_t port __attribute__((aligned(4)));
  uint8_t at[4];
  uint8_t rest[22];
} __attribute__((aligned(4)));
struct address_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct address address;
  };
};
struct incoming {
  struct list data;
  struct address from;
};
struct outgoing {
  struct list data;
  uint8_t is;
  struct address to;
};
struct received_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct {
      struct incoming *at;
      size_t count;
    };
  } __attribute__((aligned(4)));
};
struct count_result {
  uint8_t failed;
  union {
    uint8_t code;
    uint64_t count;
  };
};

/* An address flat: its kind, port, four numbers, and what only IPv6 has. */
#define ADDRESS int, int, int, int, int, int, int, int, int, int, int, int
int instance_network(void) IMPORT("wasi:sockets/instance-network", "instance-network");
void create_udp(int family, struct code_result *result) IMPORT("wasi:sockets/udp-create-socket", "create-udp-socket");
void start_bind(int socket, int network, ADDRESS, struct plain_result *) UDP("udp-socket.start-bind");
void finish_bind(int socket, struct plain_result *result) UDP("udp-socket.finish-bind");
void udp_stream(int socket, int is, ADDRESS, struct code_result *) UDP("udp-socket.stream");
void local_address(int socket, struct address_result *result) UDP("udp-socket.local-address");
int udp_subscribe(int socket) UDP("udp-socket.subscribe");
void receive(int stream, uint64_t most, struct received_result *result) UDP("incoming-datagram-stream.receive");
int incoming_subscribe(int stream) UDP("incoming-datagram-stream.subscribe");
void check_send(int stream, struct count_result *result) UDP("outgoing-datagram-stream.check-send");
void send(int stream, const struct outgoing *at, size_t count, struct count_result *result)
    UDP("outgoing-datagram-stream.send");
int outgoing_subscribe(int stream) UDP("outgoing-datagram-stream.subscribe");

static void failed(const char *what, int code) { say(what), say(" failed with "), say_number(code), say("\n"); }

static void wait_for(int pollable) {
  pollable_block(pollable);
  drop_pollable(pollable);
}

static int number_of(const char **text) {
  int number = 0;
  while (**text >= '0' && **text <= '9') number = number * 10 + *(*text)++ - '0';
  return number;
}

static struct address address_of(const char *text, const char *port) {
  struct address address = {.port = number_of(&port)};
  for (int i = 0; i < 4; i++) {
    address.at[i] = number_of(&text);
    if (*text == '.') text++;
  }
  return address;
}

static void show(const struct address *address) {
  for (int i = 0; i < 4; i++) say(i ? "." : ""), say_number(address->at[i]);
  say(":"), say_number(address->port);
}

/* Of a socket that is bound; nothing where it could not be. */
static int bound(const char *port) {
  struct code_result made;
  struct plain_result plain;
  create_udp(0, &made);
  if (made.failed) return failed("create", made.code), 0;
  start_bind(made.handle, instance_network(), 0, number_of(&port), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, &plain);
  for (;;) {
    if (plain.failed && plain.code != WOULD_BLOCK) return failed("bind", plain.code), 0;
    finish_bind(made.handle, &plain);
    if (!plain.failed) return made.handle;
    wait_for(udp_subscribe(made.handle));
  }
}

static bool sent(int stream, struct list data, const struct address *to) {
  struct outgoing datagram = {.data = data, .is = to != 0};
  struct count_result count;
  if (to != 0) datagram.to = *to;
  for (;;) {
    check_send(stream, &count);
    if (!count.failed && count.count > 0) break;
    if (count.failed) return failed("check-send", count.code), false;
    wait_for(outgoing_subscribe(stream));
  }
  send(stream, &datagram, 1, &count);
  if (count.failed) failed("send", count.code);
  return !count.failed;
}

static struct list text_of(const char *text) { return (struct list){(char *)text, length_of(text)}; }

/* Sends back what comes. */
static void echo(const char *port) {
  struct code_result streams;
  struct received_result got;
  int socket = bound(port);
  if (socket == 0) return;
  udp_stream(socket, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, &streams);
  say("bound\n");
  for (;;) {
    used = 0;
    receive(streams.handles[0], 10, &got);
    if (got.failed) return failed("receive", got.code);
    for (size_t i = 0; i < got.count; i++) {
      say("from "), show(&got.at[i].from), say("\n");
      sent(streams.handles[1], got.at[i].data, &got.at[i].from);
    }
    if (got.count == 0) wait_for(incoming_subscribe(streams.handles[0]));
  }
}

/* Sends until an answer comes: any may be lost. */
static void ask(const char *host, const char *port, const char *text, bool connects) {
  struct code_result streams;
  struct received_result got;
  struct address to = address_of(host, port);
  int socket = bound("0");
  udp_stream(socket, connects, 0, to.port, to.at[0], to.at[1], to.at[2], to.at[3], 0, 0, 0, 0, 0, 0, &streams);
  if (streams.failed) return failed("stream", streams.code);
  for (int tries = is(argument(5), "briefly") ? 10 : 100; tries > 0; tries--) {
    if (!sent(streams.handles[1], text_of(text), connects ? 0 : &to)) return;
    int both[2] = {incoming_subscribe(streams.handles[0]), subscribe_duration(200000000)};
    struct list ready;
    poll_all(both, 2, &ready);
    drop_pollable(both[0]), drop_pollable(both[1]);
    receive(streams.handles[0], 1, &got);
    if (got.failed) return failed("receive", got.code);
    if (got.count == 0) continue;
    say_all(got.at->data.at, got.at->data.length), say(" from "), show(&got.at->from), say("\n");
    return;
  }
  say("no answer\n");
}

EXPORT("wasi:cli/run@0.2.12#run") int run(void) {
  out = get_stdout();
  const char *what = argument(1);
  if (is(what, "echo")) echo(argument(2));
  if (is(what, "ask")) ask(argument(2), argument(3), argument(4), false);
  if (is(what, "connected")) ask(argument(2), argument(3), argument(4), true);
  if (is(what, "limits")) {
    static char large[65508];
    struct code_result streams;
    struct address to = address_of("127.0.0.1", "9"), nowhere = address_of("0.0.0.0", "9");
    int socket = bound("99");
    bound("99");
    udp_stream(socket, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, &streams);
    sent(streams.handles[1], (struct list){large, sizeof large}, &to);
    sent(streams.handles[1], text_of("x"), &nowhere);
    sent(streams.handles[1], text_of("x"), 0);
    say(sent(streams.handles[1], (struct list){large, sizeof large - 1}, &to) ? "sent the largest\n" : "");
  }
  return 0;
}
