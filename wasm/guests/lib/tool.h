/* What every tool needs: words for standard error, text that grows, lines of files. */

#ifndef TOOL_H
#define TOOL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* The name it was called by, without folders. */
extern const char *tool_name;

#define LIKE_PRINTF(place, first) __attribute__((format(printf, place, first)))
/* One line on standard error, after the tool's name and before nothing else. */
void warn(const char *format, ...) LIKE_PRINTF(1, 2);
/* The same with what errno says at its end. */
void warn_errno(const char *format, ...) LIKE_PRINTF(1, 2);
_Noreturn void die(int status, const char *format, ...) LIKE_PRINTF(2, 3);
_Noreturn void die_errno(int status, const char *format, ...) LIKE_PRINTF(2, 3);
/* What came of output is told at the end only; @returns `status`, or 1 with a message when something could not be written. */
int finish(int status);

/* They end the tool when memory is out. */
void *take(size_t bytes);
void *take_more(void *former, size_t bytes);
char *take_copy(const char *text);
char *take_format(const char *format, ...) LIKE_PRINTF(1, 2);
/* directory/name */
char *path_join(const char *directory, const char *name);
/* The last part of a path, without slashes at the end; the caller frees it. */
char *path_base(const char *path);

/* Text that grows. There is always a zero after it. */
struct text {
  char *bytes;
  size_t length, room;
};
void text_reserve(struct text *text, size_t more);
void text_add(struct text *text, const char *bytes, size_t length);
void text_string(struct text *text, const char *string);
void text_char(struct text *text, int byte);
void text_format(struct text *text, const char *format, ...) LIKE_PRINTF(2, 3);
void text_clear(struct text *text);

/* Lines of a descriptor, without copying where that can be. */
struct reader {
  int descriptor;
  char *buffer;
  size_t at, end, room;
  bool ended;
};
struct reader reader_of(int descriptor);
void reader_free(struct reader *reader);
/* The next bytes up to `delimiter` and with it, unless the file ends without; valid until the next call.
 * @returns how many, 0 at the end, -1 with errno */
ssize_t read_line(struct reader *reader, char **line, int delimiter);
/* Some more bytes, whatever is there. */
ssize_t read_some(struct reader *reader, char **bytes);

/* All or nothing but an error. */
bool write_all(int descriptor, const void *bytes, size_t length);
/* The whole of a file, with a zero after it. @returns false with errno */
bool read_whole(int descriptor, struct text *into);
/* A file, or standard input for `-`. @returns -1 after a warning */
int open_input(const char *path);
void close_input(int descriptor);
/* Makes or empties a file that gets `mode` less the umask. */
int create_file(const char *path, mode_t mode, bool exclusive);
/* Copies what is left to read. @returns false with errno; `*reading` says whether it was reading that failed */
bool copy_bytes(int from, int to, bool *reading);

/* A number with an optional suffix (b c w k K KB KiB M G T ...). Ends the tool with `status` when it is none. */
int64_t parse_size(const char *text, int status);
/* A decimal number and nothing else. */
int64_t parse_number(const char *text, int status, const char *what);

/* Sizes as people read them: 1.5K, 12M (powers of 1024, rounded up as ls does). `out` has 8 bytes. */
char *human_size(uint64_t bytes, char *out);
/* drwxr-xr-x of a mode; `out` has 11 bytes. */
char *mode_letters(mode_t mode, char *out);
/* What chmod understands: octal, or [ugoa][+-=][rwxXstugo],... @returns false when it is neither */
bool parse_mode(const char *text, mode_t former, bool directory, mode_t mask, mode_t *mode);
/* Names of /etc/passwd and /etc/group; the number where there is none. Valid until the next call of the same. */
const char *user_name(uid_t uid);
const char *group_name(gid_t gid);
/* @returns false for an unknown name that is no number */
bool user_id(const char *name, uid_t *uid, gid_t *group);
bool group_id(const char *name, gid_t *gid);

/* Asks on standard error, and reads the answer from standard input. */
bool ask(const char *format, ...) LIKE_PRINTF(1, 2);
/* Runs a command to its end. @returns its exit code as a shell has it; 126 or 127 after a warning when it does not start */
int run_command(char *const *argv);

/* The number of a signal by its name or number, -1. */
int signal_number(const char *name);
const char *signal_name(int number);

#endif
