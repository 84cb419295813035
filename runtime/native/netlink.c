// Netlink messages: building, sending, reading the acknowledgement.
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int netlink_open(int protocol) {
  return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
}

void *add_room(struct message *message, size_t size) {
  size_t start = NLMSG_ALIGN(message->header.nlmsg_len);
  if (start + size > sizeof message->bytes) {
    message->full = true;
    start = NLMSG_HDRLEN; // harmless: a full message is never sent
    if (size > sizeof message->bytes - start) size = 0;
  } else {
    message->header.nlmsg_len = (uint32_t)(start + size);
  }
  memset(message->bytes + start, 0, size);
  return message->bytes + start;
}

void *message_start(struct message *message, uint16_t type, uint16_t flags, size_t size) {
  memset(&message->header, 0, sizeof message->header);
  message->full = false;
  message->header.nlmsg_type = type;
  message->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
  message->header.nlmsg_len = NLMSG_HDRLEN;
  return add_room(message, size);
}

void add_attribute(struct message *message, uint16_t type, const void *data, size_t size) {
  struct rtattr *attribute = add_room(message, RTA_LENGTH(size));
  if (message->full) return;
  attribute->rta_type = type;
  attribute->rta_len = (uint16_t)RTA_LENGTH(size);
  if (size > 0) memcpy(RTA_DATA(attribute), data, size);
}

void add_string(struct message *message, uint16_t type, const char *text) {
  add_attribute(message, type, text, strlen(text) + 1);
}

void add_u32(struct message *message, uint16_t type, uint32_t value) {
  add_attribute(message, type, &value, sizeof value);
}

size_t start_nest(struct message *message, uint16_t type) {
  size_t start = NLMSG_ALIGN(message->header.nlmsg_len);
  add_attribute(message, type, NULL, 0);
  return start;
}

void end_nest(struct message *message, size_t start) {
  if (message->full) return;
  struct rtattr *attribute = (struct rtattr *)(void *)(message->bytes + start);
  attribute->rta_len = (uint16_t)(message->header.nlmsg_len - start);
}

static int netlink_send(int socket, struct message *message, uint16_t flags) {
  if (message->full) return EMSGSIZE;
  message->header.nlmsg_flags |= flags;
  message->header.nlmsg_seq = 1;
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  ssize_t sent = sendto(socket, message->bytes, message->header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel);
  return sent < 0 ? errno : 0;
}

// Reads one datagram and walks it. Gives -1 while more is to come, else 0 or an errno.
static int netlink_receive(int socket, void (*each)(const struct nlmsghdr *, void *), void *context) {
  _Alignas(struct nlmsghdr) char data[32768];
  ssize_t got = recv(socket, data, sizeof data, 0);
  if (got < 0) return errno == EINTR ? -1 : errno;
  size_t left = (size_t)got;
  for (struct nlmsghdr *header = (struct nlmsghdr *)(void *)data; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return 0;
    if (header->nlmsg_type == NLMSG_ERROR) {
      if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr))) return EPROTO;
      return -((struct nlmsgerr *)NLMSG_DATA(header))->error;
    }
    if (each != NULL) each(header, context);
  }
  return -1;
}

int netlink_dump(int socket, struct message *message, void (*each)(const struct nlmsghdr *header, void *context),
                 void *context) {
  int error = netlink_send(socket, message, NLM_F_DUMP);
  if (error != 0) return error;
  do error = netlink_receive(socket, each, context);
  while (error < 0);
  return error;
}

int netlink_call(int socket, struct message *message) {
  int error = netlink_send(socket, message, NLM_F_ACK);
  if (error != 0) return error;
  do error = netlink_receive(socket, NULL, NULL);
  while (error < 0);
  return error;
}

size_t address_size(const struct address *address) {
  return address->family == AF_INET ? 4 : 16;
}

bool parse_address(const char *text, struct address *address) {
  char copy[64];
  size_t length = strcspn(text, "/");
  if (length >= sizeof copy) return false;
  memcpy(copy, text, length);
  copy[length] = 0;
  address->family = strchr(copy, ':') == NULL ? AF_INET : AF_INET6;
  if (inet_pton(address->family, copy, address->bytes) != 1) return false;
  long bits = (long)address_size(address) * 8, prefix = bits;
  if (text[length] == '/') {
    char *end = NULL;
    prefix = strtol(text + length + 1, &end, 10);
    if (end == text + length + 1 || *end != 0) return false;
  }
  address->prefix = (unsigned char)prefix;
  return prefix >= 0 && prefix <= bits;
}
