// Entering a network namespace for a moment.
#pragma once

// Joins the namespace at `path`; an empty path changes nothing. -1 with errno.
int enter_netns(const char *path);
// Back to the namespace the process was born in; a helper that cannot go back must not go on, so it ends.
void leave_netns(void);
// A descriptor of the network namespace where bridges and containers are, when that is not the one we were started in; or -1.
extern int engine_network;
// Joins it for good. -1 with errno.
int enter_engine_network(void);
// Of the present network namespace. -1 with errno.
int set_loopback_up(void);
