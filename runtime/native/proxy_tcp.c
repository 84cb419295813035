// TCP through the proxy: two sockets, each direction copied on its own, ends passed on one by one.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "proxy.h"

// One way: what was read from `from` and the other socket has not taken yet.
struct way {
  char *kept;
  size_t size, sent;
  bool ended;  // nothing more comes
  bool closed; // and the other side knows
};

struct connection {
  struct connection *next;
  struct end ends[2];   // the client's, the container's
  struct way ways[2];   // ways[i] leads from ends[i] to the other
  bool connected, dead;
};

void proxy_watch(struct proxy *proxy, struct end *end, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = end};
  if (end->events == events && events != 0) return;
  epoll_ctl(proxy->epoll, end->events == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, end->fd, &event);
  end->events = events;
}

static void end_connection(struct proxy *proxy, struct connection *connection) {
  if (connection->dead) return;
  connection->dead = true;
  for (int i = 0; i < 2; i++) {
    close(connection->ends[i].fd);
    free(connection->ways[i].kept);
  }
  connection->next = proxy->closed;
  proxy->closed = connection;
}

void proxy_free_closed(struct proxy *proxy) {
  while (proxy->closed != NULL) {
    struct connection *next = proxy->closed->next;
    free(proxy->closed);
    proxy->closed = next;
  }
}

static void update(struct proxy *proxy, struct connection *connection) {
  for (int i = 0; i < 2; i++) {
    struct way *in = &connection->ways[i], *out = &connection->ways[1 - i];
    uint32_t events = 0;
    if (!connection->connected) {
      events = i == 1 ? EPOLLOUT : 0;
    } else {
      if (!in->ended && in->size == 0) events |= EPOLLIN;
      if (out->size > 0) events |= EPOLLOUT;
    }
    if (events != 0 || connection->ends[i].events != 0) proxy_watch(proxy, &connection->ends[i], events);
  }
}

static bool again(void) {
  return errno == EAGAIN || errno == EINTR;
}

// Copies one way until there is no more to read or no room to write. False when the connection is broken.
static bool copy(struct proxy *proxy, struct connection *connection, int i) {
  struct way *way = &connection->ways[i];
  int from = connection->ends[i].fd, to = connection->ends[1 - i].fd;
  while (way->size > 0) {
    ssize_t put = send(to, way->kept + way->sent, way->size - way->sent, MSG_NOSIGNAL);
    if (put < 0) return again();
    way->sent += (size_t)put;
    if (way->sent < way->size) continue;
    free(way->kept);
    way->kept = NULL;
    way->size = way->sent = 0;
  }
  for (int round = 0; round < 8 && !way->ended; round++) {
    ssize_t got = recv(from, proxy->buffer, proxy_buffer, 0);
    if (got < 0) return again();
    if (got == 0) {
      way->ended = true;
      break;
    }
    ssize_t put = send(to, proxy->buffer, (size_t)got, MSG_NOSIGNAL);
    if (put < 0 && !again()) return false;
    if (put < 0) put = 0;
    if (put == got) continue;
    way->size = (size_t)(got - put);
    way->kept = malloc(way->size);
    if (way->kept == NULL) return false;
    memcpy(way->kept, proxy->buffer + put, way->size);
    return true;
  }
  if (way->ended && !way->closed) {
    way->closed = true;
    shutdown(to, SHUT_WR);
  }
  return true;
}

static bool connected(struct connection *connection) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection->ends[1].fd, SOL_SOCKET, SO_ERROR, &error, &size);
  connection->connected = error == 0;
  return connection->connected;
}

void proxy_tcp(struct proxy *proxy, struct end *end, uint32_t events) {
  struct connection *connection = end->connection;
  if (connection->dead) return;
  bool alive = connection->connected || (end == &connection->ends[1] && connected(connection));
  if (alive && (events & EPOLLERR)) alive = false;
  for (int i = 0; alive && i < 2; i++) alive = copy(proxy, connection, i);
  if (!alive || (connection->ways[0].closed && connection->ways[1].closed)) {
    if (!alive) { // pass a reset on as one
      struct linger now = {.l_onoff = 1};
      for (int i = 0; i < 2; i++) setsockopt(connection->ends[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    end_connection(proxy, connection);
    return;
  }
  update(proxy, connection);
}

void proxy_accept(struct proxy *proxy, struct end *listener) {
  int on = 1, client = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) {
    if (errno == EMFILE || errno == ENFILE) usleep(10000); // full: who is connected goes on, newcomers wait
    return;
  }
  const struct forward *forward = listener->forward;
  int server = socket(forward->target.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct connection *connection = server < 0 ? NULL : calloc(1, sizeof *connection);
  bool failed = connection == NULL;
  if (!failed) {
    int done = connect(server, (const struct sockaddr *)&forward->target, forward->target_size);
    failed = done != 0 && errno != EINPROGRESS;
  }
  if (failed) {
    close(client);
    if (server >= 0) close(server);
    free(connection);
    return;
  }
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(server, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  connection->ends[0] = (struct end){.kind = end_tcp, .fd = client, .connection = connection};
  connection->ends[1] = (struct end){.kind = end_tcp, .fd = server, .connection = connection};
  update(proxy, connection);
}
