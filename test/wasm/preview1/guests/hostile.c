// Makes calls with arguments that no library would make, and says what they answered.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

static char text[] = "text";
static __wasi_size_t count;
static const uintptr_t beyond = 0xfffffff0;

#define TELL(call) printf("%d %s\n", call, #call)

int main(void) {
  __wasi_fd_t fd = 99;
  __wasi_iovec_t in = {(uint8_t *)text, 4};
  __wasi_ciovec_t out = {(uint8_t *)text, 4};
  __wasi_iovec_t bad_in = {(uint8_t *)beyond, 4096};
  __wasi_ciovec_t bad_out = {(uint8_t *)beyond, 4096};
  __wasi_filesize_t place;
  __wasi_event_t event;
  TELL(__wasi_path_open(3, 0, "file", __WASI_OFLAGS_CREAT, ~0ull, ~0ull, 0, &fd));
  TELL(__wasi_fd_write(fd, &out, 1, &count));
  TELL(__wasi_fd_pwrite(fd, &out, 1, (__wasi_filesize_t)-1, &count));
  TELL(__wasi_fd_pwrite(fd, &out, 1, (__wasi_filesize_t)INT64_MIN, &count));
  TELL(__wasi_fd_pwrite(fd, &out, 1, (__wasi_filesize_t)1 << 50, &count));
  TELL(__wasi_fd_pread(fd, &in, 1, (__wasi_filesize_t)-65536, &count));
  TELL(__wasi_fd_pread(fd, &in, 1, (__wasi_filesize_t)INT64_MAX, &count));
  TELL(__wasi_fd_write(fd, &bad_out, 1, &count));
  TELL(__wasi_fd_read(fd, &bad_in, 1, &count));
  TELL(__wasi_fd_read(fd, (__wasi_iovec_t *)beyond, 1, &count));
  TELL(__wasi_fd_read(fd, &in, 0xffffffff, &count));
  TELL(__wasi_fd_read(fd, &in, 1, (__wasi_size_t *)beyond));
  TELL(__wasi_fd_seek(fd, INT64_MIN, __WASI_WHENCE_CUR, &place));
  TELL(__wasi_fd_seek(fd, 0, 77, &place));
  TELL(__wasi_fd_filestat_set_size(fd, (__wasi_filesize_t)-1));
  TELL(__wasi_fd_allocate(fd, (__wasi_filesize_t)1 << 60, (__wasi_filesize_t)1 << 60));
  TELL(__wasi_fd_readdir(3, (uint8_t *)beyond, 4096, 0, &count));
  TELL(__wasi_fd_readdir(fd, (uint8_t *)text, 4, 0, &count));
  TELL(__wasi_fd_close((__wasi_fd_t)-1));
  TELL(__wasi_fd_close(1000000));
  TELL(__wasi_fd_renumber(fd, 1000000));
  TELL(__wasi_fd_prestat_dir_name(fd, (uint8_t *)text, 4));
  TELL(__wasi_path_open(fd, 0, "below a file", __WASI_OFLAGS_CREAT, ~0ull, ~0ull, 0, &fd));
  TELL(__wasi_path_unlink_file(3, "../../file/"));
  TELL(__wasi_path_remove_directory(3, "/"));
  TELL(__wasi_path_remove_directory(3, "."));
  TELL(__wasi_path_rename(3, "file", 3, "/"));
  TELL(__wasi_path_symlink("", 3, "empty"));
  TELL(__wasi_poll_oneoff((__wasi_subscription_t *)beyond, &event, 1, &count));
  TELL(__wasi_poll_oneoff((__wasi_subscription_t *)text, &event, 0, &count));
  TELL(__wasi_poll_oneoff((__wasi_subscription_t *)text, &event, 0x10000000, &count));
  TELL(__wasi_random_get((uint8_t *)beyond, 4096));
  TELL(__wasi_clock_time_get(99, 0, &place));
  TELL(__wasi_fd_pread(fd, &in, 1, 0, &count));
  printf("%.4s\n", text);
  return 0;
}
