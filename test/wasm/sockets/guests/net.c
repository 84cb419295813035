// A program of the network, for tests: what it does is its first argument.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "coracle.h"

static char buffer[65536];

static int fault(const char *what, int number) {
  printf("%s: %d\n", what, number);
  fflush(stdout);
  return 1;
}

static int dial(const char *host, const char *port, int *descriptor) {
  return coracle_connect(host, strlen(host), atoi(port), descriptor);
}

static int send_all(int descriptor, const char *text, size_t length) {
  while (length > 0) {
    ssize_t count = write(descriptor, text, length);
    if (count < 0) return -1;
    text += count;
    length -= count;
  }
  return 0;
}

/* get HOST PORT: an HTTP request, and the answer's text. */
static int get(char **argv) {
  int descriptor;
  int failed = dial(argv[2], argv[3], &descriptor);
  if (failed) return fault("connect", failed);
  int length = snprintf(buffer, sizeof buffer, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", argv[2]);
  if (send_all(descriptor, buffer, length)) return fault("send", 1);
  size_t used = 0;
  ssize_t count;
  while ((count = read(descriptor, buffer + used, sizeof buffer - 1 - used)) > 0) used += count;
  if (count < 0) return fault("read", 1);
  buffer[used] = 0;
  char *body = strstr(buffer, "\r\n\r\n");
  printf("%s\n", body == NULL ? "no answer" : body + 4);
  return 0;
}

/* serve PORT TIMES TEXT: answers HTTP requests. */
static int serve(char **argv) {
  int listener, descriptor;
  int failed = coracle_listen(atoi(argv[2]), 128, &listener);
  if (failed) return fault("listen", failed);
  puts("listening");
  fflush(stdout);
  for (int left = atoi(argv[3]); left != 0; left--) {
    failed = coracle_accept(listener, &descriptor);
    if (failed) return fault("accept", failed);
    size_t used = 0;
    ssize_t count;
    while ((count = recv(descriptor, buffer + used, sizeof buffer - 1 - used, 0)) > 0) {
      used += count;
      buffer[used] = 0;
      if (strstr(buffer, "\r\n\r\n")) break;
    }
    int length = snprintf(buffer, sizeof buffer, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(argv[4]), argv[4]);
    send_all(descriptor, buffer, length);
    close(descriptor);
  }
  return 0;
}

/* echo PORT: one connection, until its end; then says what it has seen. */
static int echo(char **argv) {
  int listener, descriptor;
  int failed = coracle_listen(atoi(argv[2]), 1, &listener);
  if (failed) return fault("listen", failed);
  puts("listening");
  fflush(stdout);
  failed = coracle_accept(listener, &descriptor);
  if (failed) return fault("accept", failed);
  long total = 0;
  ssize_t count;
  while ((count = read(descriptor, buffer, sizeof buffer)) > 0) {
    total += count;
    if (send_all(descriptor, buffer, count)) return fault("send", 1);
  }
  if (count < 0) return fault("read", 1);
  if (send_all(descriptor, "end", 3)) return fault("send", 1);
  close(descriptor);
  printf("echoed %ld\n", total);
  return 0;
}

/* push HOST PORT BYTES: writes, ends its part, and reads to the other's end. */
static int push(char **argv) {
  int descriptor;
  int failed = dial(argv[2], argv[3], &descriptor);
  if (failed) return fault("connect", failed);
  long left = atol(argv[4]);
  memset(buffer, 'x', sizeof buffer);
  while (left > 0) {
    size_t size = left < (long)sizeof buffer ? (size_t)left : sizeof buffer;
    if (send_all(descriptor, buffer, size)) return fault("send", 1);
    left -= size;
  }
  failed = coracle_shutdown(descriptor, CORACLE_SHUT_WRITE);
  if (failed) return fault("shutdown", failed);
  puts("pushed");
  fflush(stdout);
  long total = 0;
  ssize_t count;
  while ((count = read(descriptor, buffer, sizeof buffer)) > 0) total += count;
  if (count < 0) return fault("read", 1);
  printf("got %ld\n", total);
  return 0;
}

/* sink PORT: takes one connection, reads nothing until its input says so, then all. */
static int sink(char **argv) {
  int listener, descriptor;
  int failed = coracle_listen(atoi(argv[2]), 1, &listener);
  if (failed) return fault("listen", failed);
  puts("listening");
  fflush(stdout);
  failed = coracle_accept(listener, &descriptor);
  if (failed) return fault("accept", failed);
  puts("accepted");
  fflush(stdout);
  getchar();
  long total = 0;
  ssize_t count;
  while ((count = read(descriptor, buffer, sizeof buffer)) > 0) total += count;
  printf("%s %ld\n", count < 0 ? "cut after" : "took", total);
  return 0;
}

/* hold HOST PORT COUNT: that many connections at once, one byte through each. */
static int hold(char **argv) {
  int count = atoi(argv[4]);
  int *descriptors = malloc(sizeof(int) * count);
  for (int i = 0; i < count; i++) {
    int failed = dial(argv[2], argv[3], &descriptors[i]);
    if (failed) return fault("connect", failed);
  }
  for (int i = 0; i < count; i++)
    if (send_all(descriptors[i], "x", 1)) return fault("send", 1);
  for (int i = 0; i < count; i++)
    if (read(descriptors[i], buffer, 1) != 1) return fault("read", i);
  printf("held %d\n", count);
  return 0;
}

/* back PORT COUNT: takes that many, then gives a byte back through each. */
static int back(char **argv) {
  int listener, count = atoi(argv[3]);
  int *descriptors = malloc(sizeof(int) * count);
  int failed = coracle_listen(atoi(argv[2]), 4096, &listener);
  if (failed) return fault("listen", failed);
  puts("listening");
  fflush(stdout);
  for (int i = 0; i < count; i++) {
    failed = coracle_accept(listener, &descriptors[i]);
    if (failed) return fault("accept", failed);
  }
  for (int i = 0; i < count; i++) {
    if (read(descriptors[i], buffer, 1) != 1) return fault("read", i);
    if (send_all(descriptors[i], buffer, 1)) return fault("send", 1);
  }
  printf("gave %d back\n", count);
  getchar();
  return 0;
}

/* resolve NAME: its addresses. */
static int resolve(char **argv) {
  uint32_t used;
  int failed = coracle_resolve(argv[2], strlen(argv[2]), buffer, sizeof buffer, &used);
  if (failed) return fault("resolve", failed);
  printf("%.*s", (int)used, buffer);
  return 0;
}

/* try HOST PORT: only connects. */
static int try(char **argv) {
  int descriptor;
  int failed = dial(argv[2], argv[3], &descriptor);
  if (failed) return fault("connect", failed);
  puts("connected");
  return 0;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int words;
    int (*run)(char **);
  } all[] = {{"get", 4, get},   {"serve", 5, serve}, {"echo", 3, echo},       {"push", 5, push}, {"sink", 3, sink},
             {"hold", 5, hold}, {"back", 4, back},   {"resolve", 3, resolve}, {"try", 4, try}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (argc == all[i].words && strcmp(argv[1], all[i].name) == 0) return all[i].run(argv);
  return 2;
}
