// Netlink messages, built by hand: a request in one buffer, its acknowledgement as an errno.
#pragma once

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message {
  union {
    struct nlmsghdr header;
    char bytes[4096];
  };
  bool full; // an attribute did not fit; sending it gives EMSGSIZE
};

struct address {
  int family;
  unsigned char bytes[16];
  unsigned char prefix;
};

// A socket of a protocol (NETLINK_ROUTE …) in the process's present network namespace. -1 with errno.
int netlink_open(int protocol);
// Starts a message; the returned body (`size` bytes, zeroed) follows its header.
void *message_start(struct message *message, uint16_t type, uint16_t flags, size_t size);
void add_attribute(struct message *message, uint16_t type, const void *data, size_t size);
void add_string(struct message *message, uint16_t type, const char *text);
void add_u32(struct message *message, uint16_t type, uint32_t value);
// A nested attribute is open until `end_nest` is given what `start_nest` returned.
size_t start_nest(struct message *message, uint16_t type);
void end_nest(struct message *message, size_t start);
// Room for a struct inside a nest (the peer's ifinfomsg of a veth).
void *add_room(struct message *message, size_t size);
// Sends and waits for the acknowledgement. 0 or an errno.
int netlink_call(int socket, struct message *message);
// Sends a dump request and calls back for each message; 0 or an errno.
int netlink_dump(int socket, struct message *message, void (*each)(const struct nlmsghdr *header, void *context),
                 void *context);
// `192.0.2.1/24`, `2001:db8::1/64`; without a slash the prefix is the whole address.
bool parse_address(const char *text, struct address *address);
size_t address_size(const struct address *address);
