// The port proxy: holds the host's ports of one container and forwards what the firewall does not (connections from the host
// itself, other address families). Nothing ends it but a signal; helper and daemon may go.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "duties.h"
#include "netns.h"
#include "proxy.h"

static const char *const proxy_name = "coracle-proxy";
static const size_t forward_limit = 4096;
static const int stop_ms = 5000;

static bool parse_endpoint(const char *ip, long port, struct sockaddr_storage *to, socklen_t *size) {
  memset(to, 0, sizeof *to);
  struct sockaddr_in *four = (struct sockaddr_in *)to;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
  if (inet_pton(AF_INET, ip, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)port);
    *size = sizeof *four;
    return true;
  }
  if (inet_pton(AF_INET6, ip, &six->sin6_addr) != 1) return false;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons((uint16_t)port);
  *size = sizeof *six;
  return true;
}

// 0 or an errno; the socket is in `forward->end.fd`.
static int bind_forward(struct forward *forward) {
  const struct sockaddr_storage *address = &forward->address;
  int on = 1, type = forward->udp ? SOCK_DGRAM : SOCK_STREAM;
  int fd = socket(address->ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return errno;
  if (!forward->udp) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // `::` alone would take the IPv4 port as well, which is bound, or not, by a forward of its own.
  if (address->ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (forward->udp) proxy_want_local_address(fd, address->ss_family);
  if (bind(fd, (const struct sockaddr *)address, forward->address_size) == 0 && (forward->udp || listen(fd, SOMAXCONN) == 0)) {
    forward->end = (struct end){.kind = forward->udp ? end_udp : end_listener, .fd = fd, .forward = forward};
    return 0;
  }
  int error = errno;
  close(fd);
  return error;
}

static void run(struct forward *forwards, size_t count) {
  // What a slow reader leaves is kept for moments, over and over: not in pages that are mapped anew each time.
  mallopt(M_MMAP_THRESHOLD, 4 * proxy_buffer);
  mallopt(M_TRIM_THRESHOLD, 4 * proxy_buffer);
  struct proxy proxy = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
  proxy.buffer = malloc(proxy_buffer);
  if (proxy.epoll < 0 || proxy.buffer == NULL) _exit(1);
  for (size_t i = 0; i < count; i++) proxy_watch(&proxy, &forwards[i].end, EPOLLIN);
  for (;;) {
    struct epoll_event events[64];
    int ready = epoll_wait(proxy.epoll, events, 64, proxy_udp_timeout(&proxy));
    for (int i = 0; i < ready; i++) {
      struct end *end = events[i].data.ptr;
      switch (end->kind) {
        case end_listener: proxy_accept(&proxy, end); break;
        case end_tcp: proxy_tcp(&proxy, end, events[i].events); break;
        case end_udp: proxy_udp_query(&proxy, end); break;
        case end_udp_peer: proxy_udp_answer(&proxy, end); break;
      }
    }
    // Nothing is freed while events of the same round may still point to it.
    proxy_free_closed(&proxy);
    proxy_udp_expire(&proxy);
  }
}

// Containers ask the gateway for published ports, which is an address of the engine's network. What is taken there, by a
// container that shares that network, or absent, is left out. Gives how many there are then; the array has room for all.
static size_t open_inside(struct forward *forwards, size_t count) {
  size_t all = count;
  for (size_t i = 0; i < count; i++) {
    forwards[all] = forwards[i];
    if (bind_forward(&forwards[all]) == 0) all++;
  }
  return all;
}

static void serve(uint32_t id, struct forward *forwards, size_t count) {
  // The ports stay where they were opened; what is connected from here on is connected among the containers.
  if (enter_engine_network() != 0) {
    reply(id, errno, "enter the network of containers");
    _exit(1);
  }
  if (engine_network >= 0) count = open_inside(forwards, count);
  int *keep = calloc(count + 1, sizeof *keep);
  if (keep == NULL) _exit(1);
  keep[0] = control_fd;
  for (size_t i = 0; i < count; i++) keep[i + 1] = forwards[i].end.fd;
  signal(SIGHUP, SIG_IGN);
  setsid();
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3 && null >= 0; fd++) dup2(null, fd);
  close_except(3, keep, count + 1);
  free(keep);
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  reply(id, 0, "%d", (int)getpid());
  close(control_fd);
  control_fd = -1;
  run(forwards, count);
}

// Fills in the forwards and binds their ports, in order. 0, or an errno with the text of the failure in `text`.
static int open_forwards(char **parts, struct forward *forwards, size_t count, char *text, size_t size) {
  for (size_t i = 0; i < count; i++) {
    char **part = parts + 5 * i;
    struct forward *forward = &forwards[i];
    long port = strtol(part[2], NULL, 10), inner = strtol(part[4], NULL, 10);
    forward->udp = strcmp(part[0], "udp") == 0;
    bool valid = port > 0 && port < 65536 && inner > 0 && inner < 65536 && (forward->udp || strcmp(part[0], "tcp") == 0) &&
                 parse_endpoint(part[1], port, &forward->address, &forward->address_size) &&
                 parse_endpoint(part[3], inner, &forward->target, &forward->target_size);
    int error = valid ? bind_forward(forward) : EINVAL;
    if (error == 0) continue;
    bool six = strchr(part[1], ':') != NULL;
    snprintf(text, size, "listen %s %s%s%s:%s", part[0], six ? "[" : "", part[1], six ? "]" : "", part[2]);
    for (size_t j = 0; j < i; j++) close(forwards[j].end.fd);
    return error;
  }
  return 0;
}

void do_start_proxy(struct request *request) {
  size_t count;
  char **parts = next_list(request, &count), text[160] = "";
  if (parts == NULL || count % 5 != 0 || count == 0 || count / 5 > forward_limit) request->bad = true;
  if (refuse_malformed(request)) {
    free(parts);
    return;
  }
  count /= 5;
  struct forward *forwards = calloc(count * 2, sizeof *forwards); // twice: `open_inside`
  int error = forwards == NULL ? ENOMEM : open_forwards(parts, forwards, count, text, sizeof text);
  if (error != 0) {
    reply(request->id, error, "%s", text);
  } else {
    if (fork_duty(request, proxy_name)) serve(request->id, forwards, count);
    for (size_t i = 0; i < count; i++) close(forwards[i].end.fd);
  }
  free(forwards);
  free(parts);
}

// The number may have gone to a stranger: the descriptor is taken first, then the name is looked at.
void do_stop_proxy(struct request *request) {
  long pid = next_int(request, 2, INT32_MAX);
  if (refuse_malformed(request) || !fork_duty(request, "coracle-stop")) return;
  char path[64], name[32] = "";
  int process = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0), error = process < 0 ? errno : 0;
  snprintf(path, sizeof path, "/proc/%ld/comm", pid);
  if (error == 0 && read_small(AT_FDCWD, path, name, sizeof name) <= 0) error = ESRCH;
  name[strcspn(name, "\n")] = 0;
  if (error == 0 && strcmp(name, proxy_name) != 0) error = ESRCH;
  if (error == 0 && syscall(SYS_pidfd_send_signal, process, SIGTERM, NULL, 0) != 0) error = errno;
  struct pollfd gone = {.fd = process, .events = POLLIN};
  if (error == 0 && poll(&gone, 1, stop_ms) == 0) error = ETIMEDOUT;
  reply(request->id, error == ESRCH ? 0 : error, "stop proxy %ld", pid);
  _exit(0);
}
