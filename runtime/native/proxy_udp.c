// UDP through the proxy: each client has a socket of its own towards the container, for as long as something comes or goes.
// Answers leave from the very address that the client wrote to, which matters on hosts with several.
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "proxy.h"
#include "wire.h"

static const uint64_t idle_ms = 90000;
static const size_t peer_limit = 4096;

struct local_address {
  union {
    struct in_pktinfo four;
    struct in6_pktinfo six;
  };
  bool known;
};

struct peer {
  struct peer *next;
  struct end end;
  struct sockaddr_storage client;
  socklen_t client_size;
  struct local_address local;
  uint64_t last; // ms
};

void proxy_want_local_address(int fd, int family) {
  int on = 1;
  if (family == AF_INET) setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  else setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
}

static bool same_client(const struct sockaddr_storage *a, const struct sockaddr_storage *b) {
  if (a->ss_family != b->ss_family) return false;
  if (a->ss_family == AF_INET) {
    const struct sockaddr_in *x = (const struct sockaddr_in *)a, *y = (const struct sockaddr_in *)b;
    return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
  }
  const struct sockaddr_in6 *x = (const struct sockaddr_in6 *)a, *y = (const struct sockaddr_in6 *)b;
  return x->sin6_port == y->sin6_port && x->sin6_scope_id == y->sin6_scope_id &&
         memcmp(&x->sin6_addr, &y->sin6_addr, sizeof x->sin6_addr) == 0;
}

static void drop(struct proxy *proxy, struct peer **at) {
  struct peer *peer = *at;
  *at = peer->next;
  proxy->peer_count--;
  close(peer->end.fd);
  free(peer);
}

static struct peer *new_peer(struct proxy *proxy, struct end *end, const struct sockaddr_storage *client, socklen_t size) {
  if (proxy->peer_count >= peer_limit) return NULL;
  const struct forward *forward = end->forward;
  int fd = socket(forward->target.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct peer *peer = fd < 0 ? NULL : calloc(1, sizeof *peer);
  if (peer == NULL || connect(fd, (const struct sockaddr *)&forward->target, forward->target_size) != 0) {
    if (fd >= 0) close(fd);
    free(peer);
    return NULL;
  }
  peer->end = (struct end){.kind = end_udp_peer, .fd = fd, .forward = end->forward, .peer = peer};
  peer->client = *client;
  peer->client_size = size;
  peer->next = proxy->peers;
  proxy->peers = peer;
  proxy->peer_count++;
  proxy_watch(proxy, &peer->end, EPOLLIN);
  return peer;
}

static struct peer *peer_of(struct proxy *proxy, struct end *end, const struct sockaddr_storage *client, socklen_t size) {
  for (struct peer *peer = proxy->peers; peer != NULL; peer = peer->next) {
    if (peer->end.forward == end->forward && same_client(&peer->client, client)) return peer;
  }
  return new_peer(proxy, end, client, size);
}

union control {
  char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
  struct cmsghdr header;
};

static void note_local(struct msghdr *message, struct local_address *local) {
  for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL; at = CMSG_NXTHDR(message, at)) {
    if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
      memcpy(&local->four, CMSG_DATA(at), sizeof local->four);
      local->four.ipi_ifindex = 0;
      local->known = true;
    }
    if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO) {
      memcpy(&local->six, CMSG_DATA(at), sizeof local->six);
      local->known = true;
    }
  }
}

void proxy_udp_query(struct proxy *proxy, struct end *end) {
  for (int i = 0; i < 64; i++) {
    struct sockaddr_storage client;
    union control control;
    struct iovec part = {proxy->buffer, 65536};
    struct msghdr message = {.msg_name = &client, .msg_namelen = sizeof client, .msg_iov = &part, .msg_iovlen = 1,
                             .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(end->fd, &message, MSG_DONTWAIT);
    if (got < 0) return;
    struct peer *peer = peer_of(proxy, end, &client, message.msg_namelen);
    if (peer == NULL) continue;
    note_local(&message, &peer->local);
    peer->last = now_ms();
    send(peer->end.fd, proxy->buffer, (size_t)got, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

static void answer(struct peer *peer, char *data, size_t size) {
  union control control;
  struct iovec part = {data, size};
  struct msghdr message = {.msg_name = &peer->client, .msg_namelen = peer->client_size, .msg_iov = &part, .msg_iovlen = 1};
  if (peer->local.known) {
    bool four = peer->client.ss_family == AF_INET;
    size_t length = four ? sizeof peer->local.four : sizeof peer->local.six;
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(length);
    memset(&control, 0, sizeof control);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = four ? IPPROTO_IP : IPPROTO_IPV6;
    header->cmsg_type = four ? IP_PKTINFO : IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(header), four ? (void *)&peer->local.four : (void *)&peer->local.six, length);
  }
  sendmsg(peer->end.forward->end.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void proxy_udp_answer(struct proxy *proxy, struct end *end) {
  struct peer *peer = end->peer;
  for (int i = 0; i < 64; i++) {
    ssize_t got = recv(end->fd, proxy->buffer, 65536, MSG_DONTWAIT);
    if (got < 0) return; // also `connection refused`: nobody listens in the container, the client tries again
    peer->last = now_ms();
    answer(peer, proxy->buffer, (size_t)got);
  }
}

int proxy_udp_timeout(const struct proxy *proxy) {
  return proxy->peers == NULL ? -1 : (int)(idle_ms / 3);
}

void proxy_udp_expire(struct proxy *proxy) {
  if (proxy->peers == NULL) return;
  uint64_t now = now_ms();
  if (now < proxy->next_expiry) return;
  proxy->next_expiry = now + idle_ms / 3;
  for (struct peer **at = &proxy->peers; *at != NULL;) {
    if (now - (*at)->last >= idle_ms) drop(proxy, at);
    else at = &(*at)->next;
  }
}
