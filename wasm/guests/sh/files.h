// Scripts' descriptors: a table of the shell's own, so that a redirection of a builtin or of a loop costs no call, and undoing it none
// either; and what `$(...)` gathers, which is a descriptor like others here.
#ifndef SH_FILES_H
#define SH_FILES_H

#include "memory.h"
#include "shell.h"
#include "tree.h"

enum { capture_base = 4096 };

void files_begin(void);
// A copy to come back to by `files_restore`, or to give up by `files_drop`.
void files_save(struct files *saved);
void files_restore(struct files *saved);
void files_drop(struct files *saved);
// Takes the system's descriptor over; -1 closes.
void files_put(int user, int descriptor);
void files_share(int user, int other);

// False after a message.
bool redirect(const struct redirection *redirection);
// A descriptor that reads these bytes; negative errno.
int reader_of(const char *bytes, size_t size);

// 0 or an errno.
int file_write(int user, const char *bytes, size_t size);
// What a builtin writes to its standard output.
extern struct text output;
void out(const char *string);
void out_char(char byte);
void out_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
// In quotes, for reading it in again.
void out_quoted(const char *string);
void text_quoted(struct text *text, const char *string);
bool output_flush(void); // false after a message

// A new capture, the innermost.
int capture_begin(void);
void capture_end(struct text *gathered);
struct text *capture_of(int descriptor); // NULL for others
// For a new process: its descriptors by the table. Captures become pipes.
void passed_to_process(int passed[passed_descriptors]);
bool uses_capture(int except); // whether a descriptor but this one is a capture
// Once the processes of a job have been made: gathers all they write, or leaves that for the capture's end.
void captures_gather(bool is_background);
void captures_gather_all(void);

#endif
