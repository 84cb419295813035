// Entering a network namespace for a moment.
#pragma once

// Joins the namespace at `path`; an empty path changes nothing. -1 with errno.
int enter_netns(const char *path);
// Back to the namespace the process was born in; a helper that cannot go back must not go on, so it ends.
void leave_netns(void);
