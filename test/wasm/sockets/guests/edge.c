// WasmEdge's sockets, as its first version has them (VERSION 1) or its second (VERSION 2): `serve PORT TEXT` answers one request, `serve-inside` one from the loopback, `get NAME
// PORT` makes one.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))

struct box {
  uint8_t *data;
  uint32_t length;
};
struct socket_address {
  uint32_t family;
  uint32_t length;
  uint8_t *data;
};
struct info {
  uint16_t flags;
  uint8_t family;
  uint8_t kind;
  uint32_t protocol;
  uint32_t address_length;
  struct socket_address *address;
  char *name;
  uint32_t name_length;
  struct info *next;
};

int32_t sock_open(int32_t family, int32_t kind, int32_t *descriptor) WASI(sock_open);
int32_t sock_bind(int32_t descriptor, struct box *address, int32_t port) WASI(sock_bind);
int32_t sock_listen(int32_t descriptor, int32_t backlog) WASI(sock_listen);
int32_t sock_connect(int32_t descriptor, struct box *address, int32_t port) WASI(sock_connect);
int32_t sock_setsockopt(int32_t descriptor, int32_t level, int32_t name, int32_t *value, int32_t length)
    WASI(sock_setsockopt);
int32_t sock_getsockopt(int32_t descriptor, int32_t level, int32_t name, int32_t *value, int32_t *length)
    WASI(sock_getsockopt);
int32_t sock_getaddrinfo(const char *node, int32_t node_length, const char *service, int32_t service_length,
                         struct info *hint, struct info **result, int32_t most, int32_t *count) WASI(sock_getaddrinfo);
#if VERSION == 1
#define WIDTH 16
int32_t accept_1(int32_t listener, int32_t *descriptor) WASI(sock_accept);
int32_t peer_1(int32_t descriptor, struct box *address, int32_t *type, int32_t *port) WASI(sock_getpeeraddr);
int32_t local_1(int32_t descriptor, struct box *address, int32_t *type, int32_t *port) WASI(sock_getlocaladdr);
#else
#define WIDTH 128
int32_t accept_2(int32_t listener, int32_t flags, int32_t *descriptor) WASI(sock_accept);
int32_t peer_2(int32_t descriptor, struct box *address, int32_t *port) WASI(sock_getpeeraddr);
int32_t local_2(int32_t descriptor, struct box *address, int32_t *port) WASI(sock_getlocaladdr);
#endif

static uint8_t octets[128];

/* An IPv4 address as this version has it. */
static struct box four(const uint8_t *address) {
#if VERSION == 1
  memcpy(octets, address, 4);
  return (struct box){octets, 4};
#else
  octets[0] = 1;
  octets[1] = 0;
  memcpy(octets + 2, address, 4);
  return (struct box){octets, 128};
#endif
}

static int accept_next(int listener, int32_t *descriptor) {
#if VERSION == 1
  return accept_1(listener, descriptor);
#else
  return accept_2(listener, 0, descriptor);
#endif
}

static void show(const char *what, int descriptor, int is_peer) {
  uint8_t *at = octets;
  int32_t port = 0;
  struct box box = {octets, WIDTH};
#if VERSION == 1
  int32_t type = 0;
  int failed = is_peer ? peer_1(descriptor, &box, &type, &port) : local_1(descriptor, &box, &type, &port);
#else
  int failed = is_peer ? peer_2(descriptor, &box, &port) : local_2(descriptor, &box, &port);
  int type = octets[0] == 1 ? 4 : 6;
  at += 2;
#endif
  printf("%s %d type %d %d.%d.%d.%d %s\n", what, failed, type, at[0], at[1], at[2], at[3], port > 0 ? "port" : "no port");
}

static int serve(int port, const char *text, const uint8_t *at) {
  int32_t listener, descriptor, value = 0, length = 4, on = 1;
  printf("open %d\n", sock_open(1, 2, &listener));
  printf("reuse %d\n", sock_setsockopt(listener, 0, 0, &on, 4));
  struct box address = four(at);
  printf("bind %d\n", sock_bind(listener, &address, port));
  printf("listen %d\n", sock_listen(listener, 16));
  sock_getsockopt(listener, 0, 13, &value, &length);
  printf("listening %d\n", value);
  fflush(stdout);
  if (accept_next(listener, &descriptor)) return 1;
  show("peer", descriptor, 1);
  show("local", descriptor, 0);
  char request[512];
  read(descriptor, request, sizeof request);
  char answer[512];
  int size = snprintf(answer, sizeof answer, "HTTP/1.0 200 OK\r\n\r\n%s", text);
  write(descriptor, answer, size);
  return 0;
}

static int get(const char *name, const char *port) {
  uint8_t data[26];
  struct socket_address address = {0, sizeof data, data};
  struct info first = {.address = &address, .address_length = sizeof address}, *result = &first;
  struct info hint = {.family = 1, .kind = 2};
  int32_t count = 0, descriptor;
  int failed = sock_getaddrinfo(name, strlen(name), port, strlen(port), &hint, &result, 1, &count);
  printf("addresses %d %d family %d kind %d\n", failed, count, first.family, first.kind);
  if (failed) return 1;
  printf("open %d\n", sock_open(1, 2, &descriptor));
  struct box box = four(data + 2);
  failed = sock_connect(descriptor, &box, data[0] << 8 | data[1]);
  printf("connect %d\n", failed);
  if (failed) return 1;
  write(descriptor, "GET / HTTP/1.0\r\n\r\n", 18);
  char answer[512];
  int used = 0, got;
  while ((got = read(descriptor, answer + used, sizeof answer - 1 - used)) > 0) used += got;
  answer[used] = 0;
  char *body = strstr(answer, "\r\n\r\n");
  printf("%s\n", body ? body + 4 : "nothing");
  return 0;
}

int main(int argc, char **argv) {
  int32_t descriptor;
  printf("datagrams %d\n", sock_open(1, 1, &descriptor));
  if (argc == 4 && strcmp(argv[1], "serve") == 0) return serve(atoi(argv[2]), argv[3], (uint8_t[]){0, 0, 0, 0});
  if (argc == 4 && strcmp(argv[1], "serve-inside") == 0)
    return serve(atoi(argv[2]), argv[3], (uint8_t[]){127, 0, 0, 1});
  if (argc == 4 && strcmp(argv[1], "serve-elsewhere") == 0)
    return serve(atoi(argv[2]), argv[3], (uint8_t[]){10, 9, 8, 7});
  if (argc == 4 && strcmp(argv[1], "get") == 0) return get(argv[2], argv[3]);
  return 2;
}
