/* Connects, listens, sends datagrams and looks names up by WASI 0.3, as its argument says. */

#include "later-base.h"

#define SOCKETS(name) IMPORT("wasi:sockets/types", name)
#define TCP(name) SOCKETS("[method]tcp-socket." name)
#define UDP(name) SOCKETS("[method]udp-socket." name)

struct made_result {
  uint8_t failed;
  union {
    uint8_t code;
    int handle;
  } __attribute__((aligned(4)));
  uint32_t rest[3];
};
struct address {
  uint8_t family;
  uint16_t port __attribute__((aligned(4)));
  uint8_t at[4];
  uint8_t rest[24];
};
struct address_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct address address;
  } __attribute__((aligned(4)));
};
struct received_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct {
      struct list data;
      struct address from;
    };
  } __attribute__((aligned(4)));
};
struct ip_address {
  uint8_t family;
  uint8_t at[16] __attribute__((aligned(2)));
};
struct found_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct {
      struct ip_address *at;
      size_t count;
    };
  } __attribute__((aligned(4)));
  uint32_t rest[2];
};

/* An address flat: its kind, port, four numbers, and what only IPv6 has. */
#define ADDRESS int, int, int, int, int, int, int, int, int, int, int, int
void get_arguments(struct list *result) IMPORT("wasi:cli/environment", "get-arguments");
int wait_set(int set, struct pair *event) ROOT("[waitable-set-wait]");
void create_tcp(int family, struct made_result *result) SOCKETS("[static]tcp-socket.create");
void tcp_bind(int socket, ADDRESS, struct made_result *) TCP("bind");
void tcp_connect(int socket, ADDRESS, struct made_result *) TCP("connect");
void tcp_listen(int socket, struct made_result *result) TCP("listen");
int read_accepted(int stream, int *sockets, size_t length) SOCKETS("[stream-read-0][method]tcp-socket.listen");
int tcp_send(int socket, int stream) TCP("send");
int64_t new_sending(void) SOCKETS("[stream-new-0][method]tcp-socket.send");
int write_sending(int end, const char *bytes, size_t length) SOCKETS("[stream-write-0][method]tcp-socket.send");
void end_sending(int end) SOCKETS("[stream-drop-writable-0][method]tcp-socket.send");
int read_sent(int future, struct made_result *result) SOCKETS("[future-read-1][method]tcp-socket.send");
void tcp_receive(int socket, struct pair *result) TCP("receive");
int read_receiving(int end, char *bytes, size_t length) SOCKETS("[stream-read-0][method]tcp-socket.receive");
void drop_receiving(int end) SOCKETS("[stream-drop-readable-0][method]tcp-socket.receive");
int read_received(int future, struct made_result *result) SOCKETS("[future-read-1][method]tcp-socket.receive");
void tcp_local(int socket, struct address_result *result) TCP("get-local-address");
void tcp_remote(int socket, struct address_result *result) TCP("get-remote-address");
int is_listening(int socket) TCP("get-is-listening");
void set_backlog(int socket, int64_t value, struct made_result *result) TCP("set-listen-backlog-size");
void get_hop_limit(int socket, struct made_result *result) TCP("get-hop-limit");
void set_hop_limit(int socket, int value, struct made_result *result) TCP("set-hop-limit");
void drop_tcp(int socket) SOCKETS("[resource-drop]tcp-socket");

void create_udp(int family, struct made_result *result) SOCKETS("[static]udp-socket.create");
void udp_bind(int socket, ADDRESS, struct made_result *) UDP("bind");
void udp_connect(int socket, ADDRESS, struct made_result *) UDP("connect");
void udp_disconnect(int socket, struct made_result *) UDP("disconnect");
void udp_send(int socket, const char *at, size_t length, int is, ADDRESS, struct made_result *) UDP("send");
struct sending {
  int socket;
  struct list data;
  uint8_t is;
  struct address to;
};
int begin_udp_send(const struct sending *what, struct made_result *result)
    SOCKETS("[async-lower][method]udp-socket.send");
void udp_receive(int socket, struct received_result *result) UDP("receive");
void udp_remote(int socket, struct address_result *result) UDP("get-remote-address");
void resolve(const char *name, size_t length, struct found_result *result)
    IMPORT("wasi:sockets/ip-name-lookup", "resolve-addresses");

void end_task(int failed) __attribute__((import_module("[export]wasi:cli/run@0.3.0"), import_name("[task-return]run")));

static void say_number(uint32_t number) {
  char digits[10];
  size_t at = sizeof digits;
  do digits[--at] = '0' + number % 10;
  while ((number /= 10) != 0);
  write_bytes(digits + at, sizeof digits - at);
}

static void failed(const char *what, int code) { say(what), say(" failed with "), say_number(code), say("\n"); }

static void tell(const char *what, const struct made_result *result) {
  if (result->failed) failed(what, result->code);
}

static const char *argument(size_t index) {
  struct list list;
  get_arguments(&list);
  if (index >= list.length) return "";
  struct list text = ((struct list *)list.at)[index];
  char *copy = cabi_realloc(0, 0, 1, text.length + 1);
  for (size_t i = 0; i < text.length; i++) copy[i] = text.at[i];
  copy[text.length] = 0;
  return copy;
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

static int made(void) {
  struct made_result result;
  create_tcp(0, &result);
  if (result.failed) failed("create", result.code);
  return result.failed ? 0 : result.handle;
}

static void receive_all(int socket) {
  struct pair pair;
  struct made_result ended;
  char bytes[128];
  tcp_receive(socket, &pair);
  for (;;) {
    uint32_t result = (uint32_t)read_receiving(pair.stream, bytes, sizeof bytes);
    write_bytes(bytes, result >> 4);
    if ((result & 15) == dropped) break;
  }
  read_received(pair.future, &ended);
  say("\n"), say(ended.failed ? "" : "end\n"), tell("receive", &ended);
}

static bool connected(int socket, const char *host, const char *port) {
  struct made_result result;
  struct address to = address_of(host, port);
  tcp_connect(socket, 0, to.port, to.at[0], to.at[1], to.at[2], to.at[3], 0, 0, 0, 0, 0, 0, &result);
  tell("connect", &result);
  return !result.failed;
}

static void client(const char *host, const char *port) {
  struct made_result result;
  struct address_result address;
  int socket = made();
  if (socket == 0) return;
  tcp_remote(socket, &address), failed("remote before", address.code);
  if (!connected(socket, host, port)) return;
  connected(socket, host, port);
  tcp_remote(socket, &address), say("to "), show(&address.address), say("\n");
  int64_t ends = new_sending();
  int sent = tcp_send(socket, (int)ends);
  write_sending((int)(ends >> 32), "ping", 4);
  end_sending((int)(ends >> 32));
  read_sent(sent, &result), tell("send", &result);
  ends = new_sending();
  sent = tcp_send(socket, (int)ends);
  read_sent(sent, &result), tell("a second send", &result);
  end_sending((int)(ends >> 32));
  receive_all(socket);
  receive_all(socket);
}

/* Sends more than anything on the way holds, and says how far it came when that was refused. */
static void flood(const char *host, const char *port) {
  static char block[65536];
  struct made_result result;
  int socket = made();
  if (!connected(socket, host, port)) return;
  int64_t ends = new_sending();
  int sent = tcp_send(socket, (int)ends);
  uint32_t total = 0;
  for (int count = 0; count < 64; count++) {
    uint32_t wrote = (uint32_t)write_sending((int)(ends >> 32), block, sizeof block);
    total += wrote >> 4;
    if (wrote & 15) break;
  }
  end_sending((int)(ends >> 32));
  read_sent(sent, &result), tell("send", &result);
  say("sent "), say_number(total), say("\n");
}

/* Sends back what comes, to so many one after another. */
static void server(const char *port, const char *count) {
  struct made_result result;
  struct address_result address;
  int socket = made();
  tcp_local(socket, &address), failed("local before", address.code);
  set_backlog(socket, 0, &result), tell("no backlog", &result);
  set_hop_limit(socket, 9, &result);
  tcp_bind(socket, 0, number_of(&port), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, &result), tell("bind", &result);
  tcp_listen(socket, &result), tell("listen", &result);
  if (result.failed) return;
  int accepted = result.handle;
  tcp_listen(socket, &result), tell("a second listen", &result);
  tcp_local(socket, &address), say("at "), show(&address.address), say(is_listening(socket) ? " listens\n" : " does not\n");
  for (int left = number_of(&count); left > 0; left--) {
    int connection;
    char bytes[4096];
    struct pair pair;
    uint32_t got = (uint32_t)read_accepted(accepted, &connection, 1);
    if (got >> 4 != 1) return failed("accept", (int)got);
    get_hop_limit(connection, &result), say("hops "), say_number((uint8_t)result.code), say("\n");
    int64_t ends = new_sending();
    int end = (int)(ends >> 32), sent = tcp_send(connection, (int)ends);
    tcp_receive(connection, &pair);
    do {
      got = (uint32_t)read_receiving(pair.stream, bytes, sizeof bytes);
      for (uint32_t at = 0; at < got >> 4;) {
        uint32_t wrote = (uint32_t)write_sending(end, bytes + at, (got >> 4) - at);
        if (wrote & 15) break;
        at += wrote >> 4;
      }
    } while ((got & 15) != dropped);
    end_sending(end);
    read_sent(sent, &result), tell("send", &result);
    drop_receiving(pair.stream);
    drop_tcp(connection);
    say("served\n");
  }
}

/* Takes nothing of what a connection brings. */
static void deaf(const char *port) {
  struct made_result result;
  struct pair pair;
  int socket = made(), connection;
  tcp_bind(socket, 0, number_of(&port), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, &result), tell("bind", &result);
  tcp_listen(socket, &result), tell("listen", &result);
  if (result.failed) return;
  say("listens\n");
  read_accepted(result.handle, &connection, 1);
  tcp_receive(connection, &pair);
  drop_receiving(pair.stream);
  drop_tcp(connection);
  say("dropped\n");
}

static int udp(const char *port) {
  struct made_result result;
  create_udp(0, &result);
  if (result.failed) return failed("create", result.code), 0;
  int socket = result.handle;
  if (*port == 0) return socket;
  udp_bind(socket, 0, number_of(&port), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, &result), tell("bind", &result);
  return result.failed ? 0 : socket;
}

static bool send_to(int socket, const char *bytes, size_t length, const struct address *to) {
  struct made_result result;
  struct address none = {0};
  bool is = to != 0;
  if (!is) to = &none;
  udp_send(socket, bytes, length, is, 0, to->port, to->at[0], to->at[1], to->at[2], to->at[3], 0, 0, 0, 0, 0, 0, &result);
  tell("send", &result);
  return !result.failed;
}

static void echo(const char *port) {
  struct received_result got;
  int socket = udp(port);
  if (socket == 0) return;
  say("bound\n");
  for (;;) {
    used = 0;
    udp_receive(socket, &got);
    if (got.failed) return failed("receive", got.code);
    say("from "), show(&got.from), say("\n");
    send_to(socket, got.data.at, got.data.length, &got.from);
  }
}

/* Not bound before: that comes with the first of it. */
static void ask(const char *host, const char *port, const char *text, bool connects) {
  struct received_result got;
  struct made_result result;
  struct address_result address;
  struct address to = address_of(host, port);
  int socket = udp("");
  udp_receive(socket, &got), failed("receive before", got.code);
  if (connects) {
    udp_disconnect(socket, &result), tell("disconnect before", &result);
    udp_connect(socket, 0, to.port, to.at[0], to.at[1], to.at[2], to.at[3], 0, 0, 0, 0, 0, 0, &result);
    if (result.failed) return failed("connect", result.code);
    udp_remote(socket, &address), say("to "), show(&address.address), say("\n");
  }
  if (!send_to(socket, text, length_of(text), connects ? 0 : &to)) return;
  udp_receive(socket, &got);
  if (got.failed) return failed("receive", got.code);
  write_bytes(got.data.at, got.data.length), say(" from "), show(&got.from), say("\n");
}

static void limits(void) {
  static char large[65508];
  struct address to = address_of("127.0.0.1", "9"), nowhere = address_of("0.0.0.0", "9");
  int socket = udp("99");
  udp("99");
  send_to(socket, large, sizeof large, &to);
  send_to(socket, "x", 1, &nowhere);
  send_to(socket, "x", 1, 0);
  if (send_to(socket, large, sizeof large - 1, &to)) say("sent the largest\n");
}

/* Many at once, more than are kept for it. */
static void hoard(void) {
  static char large[65507];
  static struct made_result results[1600];
  struct sending what = {udp("98"), {large, sizeof large}, 1, address_of("127.0.0.1", "9")};
  struct pair event;
  int set = new_set(), begun = 0, refused = 0;
  for (int count = 0; count < 1600; count++) {
    uint32_t state = (uint32_t)begin_udp_send(&what, &results[count]);
    if ((state & 15) != returned) join((int)(state >> 4), set), begun++;
  }
  while (begun > 0)
    if (wait_set(set, &event) == event_subtask && event.future == returned) begun--;
  for (int count = 0; count < 1600; count++)
    if (results[count].failed) refused++, refused == 1 ? tell("send", &results[count]) : (void)0;
  say(refused > 0 && refused < 1600 ? "others were sent\n" : "none were refused, or all\n");
  if (send_to(what.socket, large, sizeof large, &what.to)) say("sent\n");
}

static void lookup(const char *name) {
  struct found_result found;
  resolve(name, length_of(name), &found);
  if (found.failed) return failed("lookup", found.code);
  for (size_t index = 0; index < found.count; index++) {
    say(found.at[index].family ? "ipv6" : "ipv4");
    for (int i = 0; i < (found.at[index].family ? 16 : 4); i++) say(" "), say_number(found.at[index].at[i]);
    say("\n");
  }
  say("end\n");
}

/* More sockets than it may have. */
static void many(void) {
  struct made_result result = {0};
  int count = 0;
  while (create_tcp(0, &result), !result.failed) count++;
  say(count > 500 && count < 5000 ? "many, then " : "few, then "), tell("create", &result);
}

EXPORT("[async-lift]wasi:cli/run@0.3.0#run") int run(void) {
  begin_output();
  const char *what = argument(1);
  if (is(what, "client")) client(argument(2), argument(3));
  if (is(what, "flood")) flood(argument(2), argument(3));
  if (is(what, "server")) server(argument(2), argument(3));
  if (is(what, "deaf")) deaf(argument(2));
  if (is(what, "echo")) echo(argument(2));
  if (is(what, "ask")) ask(argument(2), argument(3), argument(4), false);
  if (is(what, "connected")) ask(argument(2), argument(3), argument(4), true);
  if (is(what, "limits")) limits();
  if (is(what, "hoard")) hoard();
  if (is(what, "lookup")) lookup(argument(2));
  if (is(what, "many")) many();
  end_task(end_output());
  return exits;
}

EXPORT("[callback][async-lift]wasi:cli/run@0.3.0#run") int go_on(int event, int from, int result) {
  (void)event, (void)from, (void)result;
  __builtin_trap();
}
