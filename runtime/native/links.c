// Bridges, veth pairs, addresses and default routes.
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "duties.h"
#include "netlink.h"
#include "netns.h"

static bool is_link_name(const char *name) {
  size_t length = strlen(name);
  return length > 0 && length < IFNAMSIZ && strchr(name, '/') == NULL;
}

static bool parse_mac(const char *text, unsigned char mac[6]) {
  char rest;
  return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5, &rest) == 6;
}

static bool parse_addresses(char **texts, size_t count, struct address *addresses, size_t limit) {
  if (texts == NULL || count > limit) return false;
  for (size_t i = 0; i < count; i++) {
    if (!parse_address(texts[i], &addresses[i])) return false;
  }
  return true;
}

// Duplicate address detection is off: the engine gave the address, and a second's wait for it would be lost.
static int add_address(int socket, unsigned index, const struct address *address) {
  struct message message;
  struct ifaddrmsg *body = message_start(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *body);
  body->ifa_family = (unsigned char)address->family;
  body->ifa_prefixlen = address->prefix;
  body->ifa_flags = address->family == AF_INET6 ? IFA_F_NODAD : 0;
  body->ifa_index = index;
  add_attribute(&message, IFA_LOCAL, address->bytes, address_size(address));
  add_attribute(&message, IFA_ADDRESS, address->bytes, address_size(address));
  if (address->family == AF_INET && address->prefix < 31) {
    unsigned char broadcast[4];
    for (int i = 0, bits = address->prefix; i < 4; i++, bits -= 8) {
      broadcast[i] = (unsigned char)(address->bytes[i] | (bits >= 8 ? 0 : bits <= 0 ? 0xff : 0xff >> bits));
    }
    add_attribute(&message, IFA_BROADCAST, broadcast, 4);
  }
  int error = netlink_call(socket, &message);
  return error == EEXIST ? 0 : error;
}

static int set_link_up(int socket, unsigned index) {
  struct message message;
  struct ifinfomsg *body = message_start(&message, RTM_NEWLINK, 0, sizeof *body);
  body->ifi_index = (int)index;
  body->ifi_flags = body->ifi_change = IFF_UP;
  return netlink_call(socket, &message);
}

static int delete_link(int socket, const char *name) {
  struct message message;
  message_start(&message, RTM_DELLINK, 0, sizeof(struct ifinfomsg));
  add_string(&message, IFLA_IFNAME, name);
  int error = netlink_call(socket, &message);
  return error == ENODEV ? 0 : error;
}

// Asked of the kernel: sysfs shows the namespace that it was mounted in, which may be another one.
static bool is_bridge(const char *name) {
  struct ethtool_drvinfo about = {.cmd = ETHTOOL_GDRVINFO};
  struct ifreq request = {.ifr_data = (void *)&about};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return false;
  bool found = ioctl(socket_fd, SIOCETHTOOL, &request) == 0 && strcmp(about.driver, "bridge") == 0;
  close(socket_fd);
  return found;
}

static int new_bridge(int socket, const char *name, uint32_t mtu) {
  struct message message;
  message_start(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
  add_string(&message, IFLA_IFNAME, name);
  if (mtu > 0) add_u32(&message, IFLA_MTU, mtu);
  // An address of its own, else it changes whenever the port with the lowest one comes or goes.
  unsigned char mac[6];
  if (getrandom(mac, sizeof mac, 0) != sizeof mac) return errno;
  mac[0] = (unsigned char)((mac[0] & 0xfe) | 0x02);
  add_attribute(&message, IFLA_ADDRESS, mac, sizeof mac);
  size_t info = start_nest(&message, IFLA_LINKINFO);
  add_string(&message, IFLA_INFO_KIND, "bridge");
  end_nest(&message, info);
  int error = netlink_call(socket, &message);
  return error == EEXIST && is_bridge(name) ? 0 : error;
}

void do_create_bridge(struct request *request) {
  const char *name = next_string(request);
  uint32_t mtu = (uint32_t)next_int(request, 0, 65535);
  size_t count;
  char **texts = next_list(request, &count);
  struct address addresses[16];
  if (!is_link_name(name) || !parse_addresses(texts, count, addresses, 16)) request->bad = true;
  if (refuse_malformed(request)) {
    free(texts);
    return;
  }
  int socket = netlink_open(NETLINK_ROUTE);
  int error = socket < 0 ? errno : new_bridge(socket, name, mtu);
  unsigned index = error == 0 ? if_nametoindex(name) : 0;
  if (error == 0 && index == 0) error = errno;
  for (size_t i = 0; error == 0 && i < count; i++) error = add_address(socket, index, &addresses[i]);
  if (error == 0) error = set_link_up(socket, index);
  reply(request->id, error, error == EEXIST ? "create bridge %s where another interface is" : "create bridge %s", name);
  if (socket >= 0) close(socket);
  free(texts);
}

static int delete_link_aside(const char *name, const char *unused) {
  (void)unused;
  int socket = netlink_open(NETLINK_ROUTE);
  if (socket < 0) return errno;
  int error = delete_link(socket, name);
  close(socket);
  return error;
}

void do_delete_link(struct request *request) {
  const char *name = next_string(request);
  if (!is_link_name(name)) request->bad = true;
  // Aside: the kernel waits for everyone who might still look at the device.
  if (!refuse_malformed(request)) run_aside(request, "delete link", delete_link_aside, name, "");
}

struct veth {
  const char *netns, *bridge, *host_name, *container_name;
  unsigned char mac[6];
  uint32_t mtu;
  struct address addresses[16], gateways[4];
  size_t count, gateway_count;
};

// Both ends in one message: the inner one is born in its namespace, under its name.
static int new_veth(int socket, const struct veth *veth, unsigned bridge, int netns) {
  struct message message;
  struct ifinfomsg *body = message_start(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *body);
  body->ifi_flags = body->ifi_change = IFF_UP;
  add_string(&message, IFLA_IFNAME, veth->host_name);
  if (veth->mtu > 0) add_u32(&message, IFLA_MTU, veth->mtu);
  add_u32(&message, IFLA_MASTER, bridge);
  size_t info = start_nest(&message, IFLA_LINKINFO);
  add_string(&message, IFLA_INFO_KIND, "veth");
  size_t data = start_nest(&message, IFLA_INFO_DATA);
  size_t peer = start_nest(&message, VETH_INFO_PEER);
  add_room(&message, sizeof(struct ifinfomsg));
  add_string(&message, IFLA_IFNAME, veth->container_name);
  add_attribute(&message, IFLA_ADDRESS, veth->mac, sizeof veth->mac);
  if (veth->mtu > 0) add_u32(&message, IFLA_MTU, veth->mtu);
  add_u32(&message, IFLA_NET_NS_FD, (uint32_t)netns);
  end_nest(&message, peer);
  end_nest(&message, data);
  end_nest(&message, info);
  return netlink_call(socket, &message);
}

// Lets a container reach itself through its own published port: the answer goes back out of the port it came from.
static int set_hairpin(int socket, unsigned index) {
  struct message message;
  struct ifinfomsg *body = message_start(&message, RTM_SETLINK, 0, sizeof *body);
  body->ifi_family = AF_BRIDGE;
  body->ifi_index = (int)index;
  unsigned char on = 1;
  size_t port = start_nest(&message, IFLA_PROTINFO | NLA_F_NESTED);
  add_attribute(&message, IFLA_BRPORT_MODE, &on, 1);
  end_nest(&message, port);
  return netlink_call(socket, &message);
}

static int add_default(int socket, const struct address *gateway, unsigned index) {
  struct message message;
  struct rtmsg *body = message_start(&message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *body);
  body->rtm_family = (unsigned char)gateway->family;
  body->rtm_table = RT_TABLE_MAIN;
  body->rtm_protocol = RTPROT_BOOT;
  body->rtm_scope = RT_SCOPE_UNIVERSE;
  body->rtm_type = RTN_UNICAST;
  add_attribute(&message, RTA_GATEWAY, gateway->bytes, address_size(gateway));
  add_u32(&message, RTA_OIF, index);
  return netlink_call(socket, &message);
}

// The inner end cannot be set up at birth: its peer is not there yet then.
static int address_inside(const struct veth *veth) {
  if (enter_netns(veth->netns) != 0) return errno;
  int socket = netlink_open(NETLINK_ROUTE);
  int error = socket < 0 ? errno : 0;
  unsigned index = error == 0 ? if_nametoindex(veth->container_name) : 0;
  if (error == 0 && index == 0) error = errno;
  for (size_t i = 0; error == 0 && i < veth->count; i++) error = add_address(socket, index, &veth->addresses[i]);
  if (error == 0) error = set_link_up(socket, index);
  for (size_t i = 0; error == 0 && i < veth->gateway_count; i++) error = add_default(socket, &veth->gateways[i], index);
  if (socket >= 0) close(socket);
  leave_netns();
  return error;
}

static int attach_veth(const struct veth *veth) {
  unsigned bridge = if_nametoindex(veth->bridge);
  if (bridge == 0) return errno;
  int netns = open(veth->netns, O_RDONLY | O_CLOEXEC);
  if (netns < 0) return errno;
  int socket = netlink_open(NETLINK_ROUTE);
  int error = socket < 0 ? errno : new_veth(socket, veth, bridge, netns);
  close(netns);
  if (error == 0) {
    unsigned index = if_nametoindex(veth->host_name);
    error = index == 0 ? errno : set_hairpin(socket, index);
    if (error == 0) error = address_inside(veth);
    if (error != 0) delete_link(socket, veth->host_name);
  }
  if (socket >= 0) close(socket);
  return error;
}

void do_attach_veth(struct request *request) {
  struct veth veth = {.netns = next_string(request), .bridge = next_string(request)};
  veth.host_name = next_string(request);
  veth.container_name = next_string(request);
  if (!parse_mac(next_string(request), veth.mac)) request->bad = true;
  veth.mtu = (uint32_t)next_int(request, 0, 65535);
  char **texts = next_list(request, &veth.count);
  if (!parse_addresses(texts, veth.count, veth.addresses, 16)) request->bad = true;
  char **gateways = next_list(request, &veth.gateway_count);
  if (!parse_addresses(gateways, veth.gateway_count, veth.gateways, 4)) request->bad = true;
  if (*veth.netns == 0 || !is_link_name(veth.host_name) || !is_link_name(veth.container_name)) request->bad = true;
  if (!refuse_malformed(request)) {
    int error = attach_veth(&veth);
    reply(request->id, error, "attach %s to bridge %s", veth.host_name, veth.bridge);
  }
  free(texts);
  free(gateways);
}

struct route_dump {
  struct rtmsg routes[32];
  struct {
    unsigned char gateway[16];
    uint32_t device, metric;
    bool has_gateway;
  } details[32];
  size_t count;
};

static void collect_default(const struct nlmsghdr *header, void *context) {
  struct route_dump *dump = context;
  if (header->nlmsg_type != RTM_NEWROUTE || header->nlmsg_len < NLMSG_LENGTH(sizeof(struct rtmsg))) return;
  const struct rtmsg *route = NLMSG_DATA(header);
  if (route->rtm_dst_len != 0 || route->rtm_table != RT_TABLE_MAIN || route->rtm_type != RTN_UNICAST) return;
  if (dump->count == sizeof dump->routes / sizeof *dump->routes) return;
  size_t at = dump->count++;
  dump->routes[at] = *route;
  memset(&dump->details[at], 0, sizeof dump->details[at]);
  size_t left = header->nlmsg_len - NLMSG_LENGTH(sizeof *route);
  for (const struct rtattr *attribute = RTM_RTA(route); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    size_t size = RTA_PAYLOAD(attribute);
    if (attribute->rta_type == RTA_OIF && size == 4) memcpy(&dump->details[at].device, RTA_DATA(attribute), 4);
    if (attribute->rta_type == RTA_PRIORITY && size == 4) memcpy(&dump->details[at].metric, RTA_DATA(attribute), 4);
    if (attribute->rta_type == RTA_GATEWAY && (size == 4 || size == 16)) {
      memcpy(dump->details[at].gateway, RTA_DATA(attribute), size);
      dump->details[at].has_gateway = true;
    }
  }
}

static int delete_defaults(int socket, int family) {
  struct route_dump dump = {.count = 0};
  struct message message;
  struct rtmsg *body = message_start(&message, RTM_GETROUTE, 0, sizeof *body);
  body->rtm_family = (unsigned char)family;
  int error = netlink_dump(socket, &message, collect_default, &dump);
  for (size_t i = 0; error == 0 && i < dump.count; i++) {
    body = message_start(&message, RTM_DELROUTE, 0, sizeof *body);
    *body = dump.routes[i];
    body->rtm_flags = 0;
    if (dump.details[i].device != 0) add_u32(&message, RTA_OIF, dump.details[i].device);
    if (dump.details[i].metric != 0) add_u32(&message, RTA_PRIORITY, dump.details[i].metric);
    if (dump.details[i].has_gateway) {
      add_attribute(&message, RTA_GATEWAY, dump.details[i].gateway, family == AF_INET ? 4 : 16);
    }
    error = netlink_call(socket, &message);
    if (error == ESRCH) error = 0;
  }
  return error;
}

void do_set_routes(struct request *request) {
  const char *netns = next_string(request);
  size_t count;
  char **pairs = next_list(request, &count); // gateway, device, ...
  struct address gateways[8];
  if (pairs == NULL || count % 2 != 0 || count / 2 > 8 || *netns == 0) request->bad = true;
  for (size_t i = 0; !request->bad && i < count; i += 2) request->bad = !parse_address(pairs[i], &gateways[i / 2]);
  if (refuse_malformed(request)) {
    free(pairs);
    return;
  }
  if (enter_netns(netns) != 0) {
    reply(request->id, errno, "enter network namespace %s", netns);
    free(pairs);
    return;
  }
  int socket = netlink_open(NETLINK_ROUTE);
  int error = socket < 0 ? errno : delete_defaults(socket, AF_INET);
  if (error == 0) error = delete_defaults(socket, AF_INET6);
  size_t at = 0;
  for (; error == 0 && at < count; at += 2) {
    unsigned index = if_nametoindex(pairs[at + 1]);
    error = index == 0 ? errno : add_default(socket, &gateways[at / 2], index);
  }
  if (socket >= 0) close(socket);
  leave_netns();
  reply(request->id, error, "set default route %s", error != 0 && at >= 2 ? pairs[at - 2] : "");
  free(pairs);
}
