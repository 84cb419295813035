// Connections to the shim: their messages in (type, length, payload), status messages out. No client is ever waited for.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dns.h"
#include "shim.h"
#include "wire.h"

// Status messages are small; a client that lets this much pile up is not reading.
static const size_t queue_limit = 64 * 1024;

void accept_clients(struct shim *shim) {
  for (;;) {
    int fd = accept4(shim->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    struct client *client = shim->client_count < client_limit ? calloc(1, sizeof *client) : NULL;
    if (client == NULL) {
      close(fd);
      continue;
    }
    client->fd = fd;
    client->next = shim->clients;
    shim->clients = client;
    shim->client_count++;
  }
}

void remove_gone(struct shim *shim) {
  // A connection and the socket that was handed over on it leave together.
  for (struct client *client = shim->clients; client != NULL; client = client->next) {
    if (client->gone && client->peer != NULL) client->peer->gone = true;
  }
  for (struct client **at = &shim->clients; *at != NULL;) {
    struct client *client = *at;
    if (!client->gone) {
      at = &client->next;
      continue;
    }
    *at = client->next;
    shim->client_count--;
    // The first client with input that leaves takes the input with it, if it was made for one.
    if (client->attached && (client->mask & 1) != 0) end_input(shim);
    close(client->fd);
    free(client->queue);
    free(client);
  }
}

void flush_queue(struct client *client) {
  while (client->queue_sent < client->queue_size) {
    ssize_t put = send(client->fd, client->queue + client->queue_sent, client->queue_size - client->queue_sent,
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) {
      client->deaf = true;
      break;
    }
    client->queue_sent += (size_t)put;
  }
  free(client->queue);
  client->queue = NULL;
  client->queue_size = client->queue_sent = 0;
}

void tell(struct client *client, char type, const char *payload, size_t size) {
  if (client->deaf || client->gone) return;
  size_t more = 5 + size;
  char *queue = client->queue_size + more > queue_limit ? NULL : realloc(client->queue, client->queue_size + more);
  if (queue == NULL) {
    client->gone = true;
    return;
  }
  client->queue = queue;
  char *at = queue + client->queue_size;
  at[0] = type;
  put_u32((unsigned char *)at + 1, (uint32_t)size);
  memcpy(at + 5, payload, size);
  client->queue_size += more;
  flush_queue(client);
}

void tell_watchers(struct shim *shim, char type, const char *payload, size_t size) {
  for (struct client *client = shim->clients; client != NULL; client = client->next) {
    if (client->watching) tell(client, type, payload, size);
  }
}

void tell_state(struct shim *shim, struct client *client) {
  char text[128];
  if (shim->first > 0) tell(client, 'P', text, (size_t)snprintf(text, sizeof text, "%d", (int)shim->first));
  if (shim->phase != phase_ended) return;
  if (shim->failure != NULL) tell(client, 'F', shim->failure, shim->failure_size);
  else tell(client, 'X', text, exit_payload(shim, text, sizeof text));
}

void end_clients(struct shim *shim) {
  for (struct client *client = shim->clients; client != NULL; client = client->next) {
    // The end of a socket that was handed over is the daemon's to tell: it may have the last word.
    if (client->queue_size == 0 && !client->taken) shutdown(client->fd, SHUT_WR);
  }
}

static void attach(struct shim *shim, struct client *client, int mask) {
  if (client->watching || client->attached) {
    client->gone = true;
    return;
  }
  int size = 1 << 20; // so that a whole chunk usually goes in one call
  if (setsockopt(client->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0) {
    setsockopt(client->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  client->attached = true;
  client->mask = mask & 7;
  if (shim->phase == phase_ended && !client->taken) shutdown(client->fd, SHUT_WR);
}

// Takes a socket out of the daemon and sends the output there itself, so that it does not pass through the daemon. `client`
// stays for input and to tell the end by its own; whichever leaves takes the other along. Answered with an errno, 0 when done.
static void hand_over(struct shim *shim, struct client *client) {
  int process = (int)syscall(SYS_pidfd_open, (pid_t)get_u32(client->body + 1), 0);
  int fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, (int)get_u32(client->body + 5), 0);
  int error = errno;
  if (process >= 0) close(process);
  struct stat info;
  if (fd >= 0 && (fstat(fd, &info) != 0 || info.st_ino != ((uint64_t)get_u32(client->body + 9) << 32 | get_u32(client->body + 13)))) {
    close(fd); // the socket was closed meanwhile, and this is another one
    fd = -1;
    error = ESTALE;
  }
  struct client *taken = fd < 0 || shim->client_count >= client_limit ? NULL : calloc(1, sizeof *taken);
  if (taken == NULL) {
    if (fd >= 0) close(fd);
    char text[16];
    tell(client, 'T', text, (size_t)snprintf(text, sizeof text, "%d", fd < 0 ? error : ENOMEM));
    return;
  }
  taken->fd = fd;
  taken->taken = taken->eof = true; // what comes in there is the daemon's to read
  taken->peer = client;
  taken->next = shim->clients;
  shim->clients = taken;
  shim->client_count++;
  client->peer = taken;
  tell(client, 'T', "0", 1);
  attach(shim, taken, client->body[0] & 6);
  attach(shim, client, client->body[0] & 1);
}

static void dns(struct shim *shim, struct client *client) {
  char *netns = (char *)client->body, *end = memchr(netns, 0, client->body_size);
  char *socket = end == NULL ? NULL : end + 1;
  if (socket == NULL || client->body_size == small_message) {
    client->gone = true;
    return;
  }
  client->body[client->body_size] = 0; // the last string may come without its NUL
  char **last = shim->options.argv;
  while (last[1] != NULL) last++;
  char answer[512];
  tell(client, 'N', answer, dns_open(&shim->dns, netns, socket, *last, answer, sizeof answer));
}

static void act(struct shim *shim, struct client *client) {
  const unsigned char *body = client->body;
  size_t size = client->body_size;
  switch (client->head[0]) {
    case 'S':
      client->watching = true;
      if (shim->phase == phase_waiting) start_runtime(shim);
      else tell_state(shim, client);
      return;
    case 'W':
      client->watching = true;
      tell_state(shim, client);
      return;
    case 'A':
      if (size == 1) attach(shim, client, body[0]);
      else client->gone = true;
      return;
    case 'T':
      if (size == 17 && !client->watching && !client->attached) hand_over(shim, client);
      else client->gone = true;
      return;
    case 'E': end_input(shim); return;
    case 'R':
      if (size == 4) set_size(shim, (uint16_t)(body[0] << 8 | body[1]), (uint16_t)(body[2] << 8 | body[3]));
      return;
    case 'K':
      // A zombie that is not reaped yet still holds its number, so this never strikes a stranger.
      if (size == 1 && shim->phase == phase_running) kill(shim->first, body[0]);
      return;
    case 'D': dns(shim, client); return;
    default: client->gone = true;
  }
}

static bool drops_input(const struct shim *shim) {
  return shim->input_ended || !shim->options.keep_input || shim->phase == phase_ended;
}

bool client_may_read(const struct shim *shim, const struct client *client) {
  if (client->gone || client->eof) return false;
  bool at_input = client->head_size == sizeof client->head && client->head[0] == 'I';
  return !at_input || drops_input(shim) || shim->input_size < input_capacity;
}

// More than 0: so many bytes; else nothing now, or `eof` is set.
static ssize_t receive(struct client *client, void *to, size_t size) {
  ssize_t got = recv(client->fd, to, size, MSG_DONTWAIT);
  if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return got;
  client->eof = true;
  if (got < 0) client->deaf = true;
  return got;
}

// Input goes straight into the shim's buffer, or is dropped when there is no one to read it.
static ssize_t receive_input(struct shim *shim, struct client *client) {
  static char dropped[4096];
  bool drop = drops_input(shim);
  char *to = drop ? dropped : shim->input_data + shim->input_size;
  size_t room = drop ? sizeof dropped : input_capacity - shim->input_size;
  if (room > client->body_left) room = client->body_left;
  ssize_t got = receive(client, to, room);
  if (got > 0 && !drop) {
    shim->input_size += (size_t)got;
    if (got > 4096) shim->dirty = true;
  }
  return got;
}

static bool read_step(struct shim *shim, struct client *client) {
  ssize_t got;
  if (client->head_size < sizeof client->head) {
    got = receive(client, client->head + client->head_size, sizeof client->head - client->head_size);
    if (got <= 0) return false;
    client->head_size += (size_t)got;
    if (client->head_size < sizeof client->head) return true;
    client->body_left = get_u32(client->head + 1);
    client->body_size = 0;
    if (client->head[0] != 'I' && client->body_left > sizeof client->body) {
      client->gone = true;
      return false;
    }
  } else if (client->head[0] == 'I') {
    got = receive_input(shim, client);
    if (got <= 0) return false;
    client->body_left -= (uint32_t)got;
  } else {
    got = receive(client, client->body + client->body_size, client->body_left);
    if (got <= 0) return false;
    client->body_size += (size_t)got;
    client->body_left -= (uint32_t)got;
  }
  if (client->body_left > 0) return true;
  client->head_size = 0;
  if (client->head[0] != 'I') act(shim, client);
  return true;
}

void read_client(struct shim *shim, struct client *client) {
  // A bounded number of steps, so that one client's flood does not keep the others waiting.
  for (int i = 0; i < 32 && client_may_read(shim, client); i++) {
    if (!read_step(shim, client)) break;
  }
  if (client->eof && client->attached && (client->mask & 1) != 0) end_input(shim); // half-closed
  if (shim->input_size > 0) write_input(shim);
}
