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
// Removes a folder of files, mounts and mount points, but what is in a directory that nothing is mounted on. `kept` stays mounted; then,
// and where anything else had to stay, so do the folder and the link `id` in it. Absent is no error. 0 or an errno.
int clear_folder(const char *path, const char *kept);
