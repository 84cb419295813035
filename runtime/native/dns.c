// Queries from the container go to the daemon with a token, answers find their way back by it. The daemon may be away: then
// a query is answered SERVFAIL at once, and the next one tries to connect again.
#include "dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "netns.h"
#include "wire.h"

enum {
  pending_limit = 256,
  connection_limit = 16,
  query_limit = 4096,
  frame_limit = 2 + 65535,
  out_limit = 64 * 1024,
  header_size = 12, // of a DNS message
};

static const uint32_t tcp_bit = 0x80000000u; // marks a token whose query came by TCP, where answers are not truncated

struct connection {
  int fd;
  uint32_t generation; // a late answer must not go to the slot's next holder
  unsigned char in[2 + query_limit];
  size_t in_size;
};

struct dns {
  int udp, listener, daemon;
  unsigned udp_port, tcp_port;
  char daemon_path[108], id[128];
  uint32_t counter, generation;
  struct {
    uint32_t token; // 0 = free
    struct sockaddr_in from;
    size_t connection;
    uint32_t generation;
  } pending[pending_limit];
  struct connection connections[connection_limit];
  size_t next_victim;
  unsigned char in[frame_limit];
  size_t in_size;
  unsigned char out[out_limit];
  size_t out_size;
};

static int open_socket(int type, unsigned *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f00000b)};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && (type != SOCK_STREAM || listen(fd, 16) == 0) &&
      getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
    *port = ntohs(address.sin_port);
    return fd;
  }
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static struct dns *create(const char *netns) {
  if (enter_netns(netns) != 0) return NULL;
  struct dns *dns = calloc(1, sizeof *dns);
  if (dns != NULL) {
    dns->daemon = -1;
    for (size_t i = 0; i < connection_limit; i++) dns->connections[i].fd = -1;
    dns->udp = open_socket(SOCK_DGRAM, &dns->udp_port);
    dns->listener = dns->udp < 0 ? -1 : open_socket(SOCK_STREAM, &dns->tcp_port);
    if (dns->listener < 0) {
      int error = errno;
      if (dns->udp >= 0) close(dns->udp);
      free(dns);
      dns = NULL;
      errno = error;
    }
  }
  leave_netns();
  return dns;
}

// What was asked and not answered is lost with the connection; resolvers ask again.
static void forget_daemon(struct dns *dns) {
  if (dns->daemon >= 0) close(dns->daemon);
  dns->daemon = -1;
  dns->in_size = dns->out_size = 0;
}

size_t dns_open(struct dns **dns, const char *netns, const char *daemon, const char *id, char *answer, size_t size) {
  int error = strlen(daemon) >= sizeof (*dns)->daemon_path || strlen(id) >= sizeof (*dns)->id ? ENAMETOOLONG : 0;
  if (error == 0 && *dns == NULL) {
    *dns = create(netns);
    if (*dns == NULL) error = errno;
  }
  if (error != 0) return (size_t)snprintf(answer, size, "0%c0%c%s: %.100s", 0, 0, netns, strerror(error));
  if (strcmp((*dns)->daemon_path, daemon) != 0) forget_daemon(*dns);
  copy_string((*dns)->daemon_path, sizeof (*dns)->daemon_path, daemon);
  copy_string((*dns)->id, sizeof (*dns)->id, id);
  return (size_t)snprintf(answer, size, "%u%c%u", (*dns)->udp_port, 0, (*dns)->tcp_port);
}

size_t dns_collect(const struct dns *dns, struct pollfd *to) {
  if (dns == NULL) return 0;
  size_t count = 0;
  to[count++] = (struct pollfd){.fd = dns->udp, .events = POLLIN};
  to[count++] = (struct pollfd){.fd = dns->listener, .events = POLLIN};
  if (dns->daemon >= 0) {
    to[count++] = (struct pollfd){.fd = dns->daemon, .events = (short)(POLLIN | (dns->out_size > 0 ? POLLOUT : 0))};
  }
  for (size_t i = 0; i < connection_limit; i++) {
    if (dns->connections[i].fd >= 0) to[count++] = (struct pollfd){.fd = dns->connections[i].fd, .events = POLLIN};
  }
  return count;
}

static void close_connection(struct connection *connection) {
  close(connection->fd);
  connection->fd = -1;
}

static void flush_out(struct dns *dns) {
  while (dns->out_size > 0) {
    ssize_t put = send(dns->daemon, dns->out, dns->out_size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) {
      forget_daemon(dns);
      return;
    }
    dns->out_size -= (size_t)put;
    memmove(dns->out, dns->out + put, dns->out_size);
  }
}

static bool queue(struct dns *dns, const unsigned char *head, size_t head_size, const void *body, size_t size) {
  if (dns->out_size + 2 + head_size + size > out_limit || head_size + size > 65535) return false;
  unsigned char *at = dns->out + dns->out_size;
  put_u16(at, (uint16_t)(head_size + size));
  if (head_size > 0) memcpy(at + 2, head, head_size);
  memcpy(at + 2 + head_size, body, size);
  dns->out_size += 2 + head_size + size;
  return true;
}

static bool reach_daemon(struct dns *dns) {
  if (dns->daemon >= 0) return true;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  copy_string(address.sun_path, sizeof address.sun_path, dns->daemon_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    close(fd);
    return false;
  }
  dns->daemon = fd;
  return queue(dns, NULL, 0, dns->id, strlen(dns->id));
}

// Gives an answer to whoever asked. TCP answers that do not fit into the socket's buffer end their connection.
static void answer(struct dns *dns, size_t slot, uint32_t token, const unsigned char *message, size_t size) {
  if ((token & tcp_bit) == 0) {
    const struct sockaddr_in *from = &dns->pending[slot].from;
    sendto(dns->udp, message, size, MSG_DONTWAIT, (const struct sockaddr *)from, sizeof *from);
    return;
  }
  struct connection *connection = &dns->connections[dns->pending[slot].connection];
  if (connection->fd < 0 || connection->generation != dns->pending[slot].generation) return;
  unsigned char length[2];
  put_u16(length, (uint16_t)size);
  struct iovec parts[2] = {{length, 2}, {(void *)(uintptr_t)message, size}};
  struct msghdr whole = {.msg_iov = parts, .msg_iovlen = 2};
  if (sendmsg(connection->fd, &whole, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)(2 + size)) close_connection(connection);
}

static void ask(struct dns *dns, unsigned char *query, size_t size, const struct sockaddr_in *from, size_t connection) {
  if (size < header_size) return;
  uint32_t token = (++dns->counter & ~tcp_bit) | (from == NULL ? tcp_bit : 0);
  size_t slot = dns->counter % pending_limit;
  dns->pending[slot].token = token;
  if (from != NULL) {
    dns->pending[slot].from = *from;
  } else {
    dns->pending[slot].connection = connection;
    dns->pending[slot].generation = dns->connections[connection].generation;
  }
  unsigned char head[4];
  put_u32(head, token);
  if (reach_daemon(dns) && queue(dns, head, 4, query, size)) {
    flush_out(dns);
    if (dns->daemon >= 0) return;
  }
  query[2] |= 0x80;                                     // an answer
  query[3] = (unsigned char)((query[3] & 0x70) | 0x82); // recursion available, server failure
  answer(dns, slot, token, query, size);
  dns->pending[slot].token = 0;
}

static void serve_udp(struct dns *dns) {
  static unsigned char query[query_limit];
  for (int i = 0; i < 64; i++) {
    struct sockaddr_in from;
    socklen_t from_size = sizeof from;
    ssize_t got = recvfrom(dns->udp, query, sizeof query, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
    if (got < 0) return;
    ask(dns, query, (size_t)got, &from, 0);
  }
}

static void accept_connection(struct dns *dns) {
  int fd = accept4(dns->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  size_t at = 0;
  while (at < connection_limit && dns->connections[at].fd >= 0) at++;
  if (at == connection_limit) { // the one that was there longest makes room
    at = dns->next_victim++ % connection_limit;
    close_connection(&dns->connections[at]);
  }
  dns->connections[at] = (struct connection){.fd = fd, .generation = ++dns->generation};
}

static void serve_connection(struct dns *dns, size_t at) {
  struct connection *connection = &dns->connections[at];
  ssize_t got = recv(connection->fd, connection->in + connection->in_size, sizeof connection->in - connection->in_size, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    close_connection(connection);
    return;
  }
  connection->in_size += (size_t)got;
  while (connection->fd >= 0 && connection->in_size >= 2) {
    size_t size = (size_t)connection->in[0] << 8 | connection->in[1];
    if (size > query_limit) {
      close_connection(connection);
      return;
    }
    if (connection->in_size < 2 + size) return;
    ask(dns, connection->in + 2, size, NULL, at);
    connection->in_size -= 2 + size;
    memmove(connection->in, connection->in + 2 + size, connection->in_size);
  }
}

static void serve_daemon(struct dns *dns) {
  ssize_t got = recv(dns->daemon, dns->in + dns->in_size, sizeof dns->in - dns->in_size, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    forget_daemon(dns);
    return;
  }
  dns->in_size += (size_t)got;
  size_t at = 0;
  while (dns->in_size - at >= 2) {
    size_t size = (size_t)dns->in[at] << 8 | dns->in[at + 1];
    if (dns->in_size - at - 2 < size) break;
    const unsigned char *frame = dns->in + at + 2;
    at += 2 + size;
    if (size < 4 + header_size) continue;
    uint32_t token = get_u32(frame);
    size_t slot = (token & ~tcp_bit) % pending_limit;
    if (token == 0 || dns->pending[slot].token != token) continue;
    answer(dns, slot, token, frame + 4, size - 4);
    dns->pending[slot].token = 0;
  }
  dns->in_size -= at;
  memmove(dns->in, dns->in + at, dns->in_size);
}

void dns_serve(struct dns *dns, int fd, short events) {
  if (fd == dns->udp) {
    serve_udp(dns);
  } else if (fd == dns->listener) {
    accept_connection(dns);
  } else if (fd == dns->daemon) {
    if (events & POLLOUT) flush_out(dns);
    if (dns->daemon >= 0 && (events & (POLLIN | POLLHUP | POLLERR))) serve_daemon(dns);
  } else {
    for (size_t i = 0; i < connection_limit; i++) {
      if (dns->connections[i].fd == fd) serve_connection(dns, i);
    }
  }
}
