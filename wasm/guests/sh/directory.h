// The working directory, as it was gone to: with the links in its name.
#ifndef SH_DIRECTORY_H
#define SH_DIRECTORY_H

#include <stdbool.h>

void directory_begin(void);
int directory_change(const char *path, bool is_physical); // 0 or a negative errno
char *directory_physical(const char *path);               // without links, to be freed; NULL when it is not there

#endif
