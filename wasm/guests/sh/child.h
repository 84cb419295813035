#ifndef SH_CHILD_H
#define SH_CHILD_H

#include "tree.h"

// In a process that is a subshell: takes the state, and gives what to run. NULL when there is none.
struct node *subshell_begin(struct region *region);

#endif
