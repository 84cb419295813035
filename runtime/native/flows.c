// Ends the flows that the kernel still translates to an address which is no container's any more. UDP only: TCP notices by
// itself, while a UDP client that never pauses would be led to the old address for ever.
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "duties.h"

// What names one flow to the kernel: attributes as it gave them, of no length where it gave none.
struct flow {
  _Alignas(4) char tuple[256];
  _Alignas(4) char zone[8];
  _Alignas(4) char id[8];
};

struct search {
  struct address wanted;
  struct flow *flows;
  size_t count;
  bool out_of_memory;
};

static const struct rtattr *find(const void *data, size_t size, uint16_t type) {
  const struct rtattr *attribute = data;
  int left = (int)size;
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
    if ((attribute->rta_type & NLA_TYPE_MASK) == type) return attribute;
  return NULL;
}

static const struct rtattr *find_in(const struct rtattr *nest, uint16_t type) {
  return nest == NULL ? NULL : find(RTA_DATA(nest), RTA_PAYLOAD(nest), type);
}

static bool is_udp(const struct rtattr *tuple) {
  const struct rtattr *number = find_in(find_in(tuple, CTA_TUPLE_PROTO), CTA_PROTO_NUM);
  return number != NULL && RTA_PAYLOAD(number) >= 1 && *(const unsigned char *)RTA_DATA(number) == IPPROTO_UDP;
}

// Whether the answers of a flow come from the address: it is where the flow leads to.
static bool leads_to(const struct rtattr *reply, const struct address *wanted) {
  uint16_t type = wanted->family == AF_INET ? CTA_IP_V4_SRC : CTA_IP_V6_SRC;
  const struct rtattr *source = find_in(find_in(reply, CTA_TUPLE_IP), type);
  size_t size = address_size(wanted);
  return source != NULL && RTA_PAYLOAD(source) >= size && memcmp(RTA_DATA(source), wanted->bytes, size) == 0;
}

static bool keep(char *room, size_t size, const struct rtattr *attribute) {
  if (attribute == NULL) return true;
  if (attribute->rta_len > size) return false;
  memcpy(room, attribute, attribute->rta_len);
  return true;
}

static void collect(const struct nlmsghdr *header, void *context) {
  struct search *search = context;
  size_t skip = NLMSG_ALIGN(sizeof(struct nfgenmsg));
  if (header->nlmsg_len < NLMSG_LENGTH(skip)) return;
  const char *data = (const char *)NLMSG_DATA(header) + skip;
  size_t size = header->nlmsg_len - NLMSG_LENGTH(skip);
  const struct rtattr *tuple = find(data, size, CTA_TUPLE_ORIG);
  if (tuple == NULL || !is_udp(tuple) || !leads_to(find(data, size, CTA_TUPLE_REPLY), &search->wanted)) return;
  struct flow flow = {0};
  if (!keep(flow.tuple, sizeof flow.tuple, tuple) || !keep(flow.zone, sizeof flow.zone, find(data, size, CTA_ZONE)) ||
      !keep(flow.id, sizeof flow.id, find(data, size, CTA_ID)))
    return;
  struct flow *more = realloc(search->flows, (search->count + 1) * sizeof flow);
  if (more == NULL) {
    search->out_of_memory = true;
    return;
  }
  search->flows = more;
  search->flows[search->count++] = flow;
}

static void start(struct message *message, uint16_t type, int family) {
  struct nfgenmsg *body = message_start(message, (NFNL_SUBSYS_CTNETLINK << 8) | type, 0, sizeof *body);
  body->nfgen_family = (uint8_t)family;
  body->version = NFNETLINK_V0;
}

static void add_kept(struct message *message, const char *kept) {
  const struct rtattr *attribute = (const struct rtattr *)(const void *)kept;
  if (attribute->rta_len == 0) return;
  add_attribute(message, attribute->rta_type, RTA_DATA(attribute), RTA_PAYLOAD(attribute));
}

static int end_flows(int socket, const struct address *address) {
  struct search search = {.wanted = *address};
  struct message message;
  start(&message, IPCTNL_MSG_CT_GET, address->family);
  int error = netlink_dump(socket, &message, collect, &search);
  for (size_t i = 0; i < search.count && error == 0; i++) {
    start(&message, IPCTNL_MSG_CT_DELETE, address->family);
    add_kept(&message, search.flows[i].tuple);
    add_kept(&message, search.flows[i].zone);
    add_kept(&message, search.flows[i].id);
    error = netlink_call(socket, &message);
    if (error == ENOENT) error = 0; // ended by itself
  }
  free(search.flows);
  return error == 0 && search.out_of_memory ? ENOMEM : error;
}

void do_end_flows(struct request *request) {
  const char *text = next_string(request);
  struct address address;
  if (!request->bad && !parse_address(text, &address)) request->bad = true;
  // The table may be long.
  if (refuse_malformed(request) || !fork_duty(request, "coracle-flows")) return;
  int socket = netlink_open(NETLINK_NETFILTER);
  int error = socket < 0 ? errno : end_flows(socket, &address);
  reply(request->id, error, "end flows to %s", text);
  _exit(0);
}
