// What the helper can be asked for, one function per request. Each reads its strings, and answers exactly once.
#pragma once

#include "wire.h"

void do_mount(struct request *request);
void do_unmount(struct request *request);
void do_remove_tree(struct request *request);
void do_clear_folder(struct request *request);
void do_copy_layers(struct request *request);
void do_spread(struct request *request);
void do_sync_files(struct request *request);
void do_create_netns(struct request *request);
void do_sysctl(struct request *request);
void do_create_bridge(struct request *request);
void do_delete_link(struct request *request);
void do_attach_veth(struct request *request);
void do_set_routes(struct request *request);
void do_nft(struct request *request);
void do_end_flows(struct request *request);
void do_seal(struct request *request);
void do_open_tree(struct request *request);
void do_start_shim(struct request *request);
void do_start_proxy(struct request *request);
void do_stop_proxy(struct request *request);

// Answers EINVAL for a request whose strings do not add up. Call it before the first effect.
bool refuse_malformed(struct request *request);

// A child that carries on with a request while the helper takes the next one. In the child (true) the answer is still to
// be given and the caller ends with `_exit`; when it cannot be made, the request is answered with the reason.
bool fork_duty(struct request *request, const char *name);

// Goes on with a request in a thread of its own while the helper takes the next one: `act` gets copies of the two strings and gives 0
// or an errno; the answer is `told` and `subject`. For what may block, needs no state of the process (current directory, network
// namespace) and ends soon: a process of its own costs ten times as much.
void run_aside(const struct request *request, const char *told, int (*act)(const char *subject, const char *detail),
               const char *subject, const char *detail);
