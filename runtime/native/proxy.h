// Inside the port proxy: what its two protocols share.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { proxy_buffer = 256 * 1024 };

enum end_kind { end_listener, end_tcp, end_udp, end_udp_peer };

struct forward;

// One descriptor that is polled.
struct end {
  enum end_kind kind;
  int fd;
  uint32_t events; // asked for at present
  struct forward *forward;
  struct connection *connection; // of a tcp end
  struct peer *peer;             // of a udp peer's end
};

struct forward {
  bool udp;
  struct end end; // the host's port
  struct sockaddr_storage address; // of that
  socklen_t address_size;
  struct sockaddr_storage target;
  socklen_t target_size;
};

struct proxy {
  int epoll;
  char *buffer; // for what passes through
  struct connection *closed;
  struct peer *peers;
  size_t peer_count;
  uint64_t next_expiry; // ms
};

void proxy_watch(struct proxy *proxy, struct end *end, uint32_t events);

// proxy_tcp.c
void proxy_accept(struct proxy *proxy, struct end *listener);
void proxy_tcp(struct proxy *proxy, struct end *end, uint32_t events);
void proxy_free_closed(struct proxy *proxy);

// proxy_udp.c
void proxy_want_local_address(int fd, int family);
void proxy_udp_query(struct proxy *proxy, struct end *end);
void proxy_udp_answer(struct proxy *proxy, struct end *end);
int proxy_udp_timeout(const struct proxy *proxy);
void proxy_udp_expire(struct proxy *proxy);
