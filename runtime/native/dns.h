// The embedded name server's near end: 127.0.0.11 inside a container's network namespace, relayed to the daemon.
#pragma once

#include <poll.h>
#include <stddef.h>

enum { dns_poll_limit = 20 };

struct dns;

// Opens the sockets, or when they are open only notes the daemon's socket. Writes the N payload (ports, or zeros and a
// reason) and gives its size. `id` is what the daemon is told first on each connection.
size_t dns_open(struct dns **dns, const char *netns, const char *daemon, const char *id, char *answer, size_t size);
// Fills in what to poll, at most dns_poll_limit; none for NULL.
size_t dns_collect(const struct dns *dns, struct pollfd *to);
void dns_serve(struct dns *dns, int fd, short events);
