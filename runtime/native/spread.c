// A hint to the file system about a directory. In a file of its own, since <linux/fs.h> and <sys/mount.h> do not agree.
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "duties.h"

void do_spread(struct request *request) {
  const char *path = next_string(request);
  if (refuse_malformed(request)) return;
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) {
    reply(request->id, errno, "open %s", path);
    return;
  }
  // Whether a file system takes the hint, or knows it at all, changes nothing but its speed.
  unsigned int flags = 0;
  if (ioctl(directory, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_TOPDIR_FL) == 0) {
    flags |= FS_TOPDIR_FL;
    (void)ioctl(directory, FS_IOC_SETFLAGS, &flags);
  }
  close(directory);
  reply(request->id, 0, "spread");
}
