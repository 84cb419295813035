// File trees, walked by descriptors so that no name is looked up twice.
#pragma once

#include <dirent.h>
#include <stdbool.h>

bool is_dot(const char *name);
// The entries of an open directory, read through a descriptor of their own. NULL with errno.
DIR *open_list(int directory);
// Removes a file or a whole tree; links are removed, never followed, mount points are left and give EXDEV. Absent is no
// error. 0 or an errno.
int remove_at(int directory, const char *path);
// Removes everything in an open directory. 0 or an errno.
int empty_directory(int directory);
