/* A command of WASI 0.3: streams, futures and tasks. */

#include "later-base.h"

#define STDIN(name) IMPORT("wasi:cli/stdin", name)
#define FILES(name) IMPORT("wasi:filesystem/types", name)

void get_arguments(struct list *result) IMPORT("wasi:cli/environment", "get-arguments");
void exit_with_code(int code) IMPORT("wasi:cli/exit", "exit-with-code");
void wait_for(int64_t ns) IMPORT("wasi:clocks/monotonic-clock", "wait-for");
int begin_wait_for(int64_t ns) IMPORT("wasi:clocks/monotonic-clock", "[async-lower]wait-for");
void get_directories(struct list *result) IMPORT("wasi:filesystem/preopens", "get-directories");

void read_via_stream(struct pair *result) STDIN("read-via-stream");
int begin_read_stream(int end, char *bytes, size_t length) STDIN("[async-lower][stream-read-0]read-via-stream");
int read_ended(int future, char *result) STDIN("[future-read-1]read-via-stream");
int cancel_read(int end) STDIN("[stream-cancel-read-0]read-via-stream");
void drop_stream(int end) STDIN("[stream-drop-readable-0]read-via-stream");

void read_file(int file, int64_t offset, struct pair *result) FILES("[method]descriptor.read-via-stream");
int read_file_stream(int end, char *bytes, size_t length) FILES("[stream-read-0][method]descriptor.read-via-stream");
int read_file_ended(int future, char *result) FILES("[future-read-1][method]descriptor.read-via-stream");
int append_file(int file, int stream) FILES("[method]descriptor.append-via-stream");
int64_t new_file_stream(void) FILES("[stream-new-0][method]descriptor.append-via-stream");
int write_file_stream(int end, const char *bytes, size_t length) FILES("[stream-write-0][method]descriptor.append-via-stream");
void end_file_stream(int end) FILES("[stream-drop-writable-0][method]descriptor.append-via-stream");
int read_file_written(int future, char *result) FILES("[future-read-1][method]descriptor.append-via-stream");

struct opened {
  uint8_t failed;
  uint32_t value; /* the descriptor, or the number of the error */
  uint32_t other[3];
};
void open_at(int file, int path_flags, const char *path, size_t length, int open_flags, int flags, struct opened *result)
  FILES("[method]descriptor.open-at");

struct entry {
  uint8_t type;
  uint32_t other[3];
  const char *name;
  size_t length;
};
void read_directory(int file, struct pair *result) FILES("[method]descriptor.read-directory");
int read_entries(int end, struct entry *entries, size_t length) FILES("[stream-read-0][method]descriptor.read-directory");

void end_task(int failed) __attribute__((import_module("[export]wasi:cli/run@0.3.0"), import_name("[task-return]run")));

static struct pair input;
static char input_bytes[64];
static int awaited_set;
static int awaited;
static bool echoes;
static bool yields_only;

static int end_echo(void) {
  char ended[2];
  read_ended(input.future, ended);
  say(ended[0] == 0 ? "end\n" : "failed\n");
  end_task(end_output());
  return exits;
}

/* Some of it may be there at once. */
static int echo(void) {
  echoes = true;
  if (awaited_set == 0) {
    read_via_stream(&input);
    awaited_set = new_set();
    join(input.stream, awaited_set);
  }
  int result = begin_read_stream(input.stream, input_bytes, sizeof input_bytes);
  while (result != blocked && (result & 15) != dropped) {
    say("got ");
    write_bytes(input_bytes, (uint32_t)result >> 4);
    result = begin_read_stream(input.stream, input_bytes, sizeof input_bytes);
  }
  return result == blocked ? waits | awaited_set << 4 : end_echo();
}

/* A read that is given up has taken nothing from who reads after it. */
static int again(void) {
  read_via_stream(&input);
  if (begin_read_stream(input.stream, input_bytes, sizeof input_bytes) != blocked) __builtin_trap();
  cancel_read(input.stream);
  drop_stream(input.stream);
  say("given up\n");
  return echo();
}

/* A clock and an input at once: whichever comes first is told first. */
static int race(void) {
  read_via_stream(&input);
  awaited_set = new_set();
  awaited = 2;
  if (begin_read_stream(input.stream, input_bytes, sizeof input_bytes) != blocked) __builtin_trap();
  join(input.stream, awaited_set);
  uint32_t begun = (uint32_t)begin_wait_for(50000000);
  if ((begun & 15) == returned) say("clock\n"), awaited = 1;
  else join((int)(begun >> 4), awaited_set);
  return waits | awaited_set << 4;
}

static int root(void) {
  struct list directories;
  get_directories(&directories);
  return *(int *)directories.at;
}

static void append(int file, const char *text) {
  int64_t ends = new_file_stream();
  int end = (int)(ends >> 32);
  int future = append_file(file, (int)ends);
  char result[20];
  write_file_stream(end, text, length_of(text));
  end_file_stream(end);
  read_file_written(future, result);
  say(result[0] == 0 ? "appended\n" : "not appended\n");
}

static void files(void) {
  struct opened opened;
  struct pair pair;
  char bytes[64];
  char ended[20];
  struct entry entries[8];
  int top = root();
  open_at(top, 0, "nowhere/file", 12, 0, 1, &opened);
  say(opened.failed && (opened.value & 255) == 19 ? "no entry\n" : "another failure\n");
  open_at(top, 0, "new", 3, 1, 3, &opened);
  int file = (int)opened.value;
  append(file, "hello ");
  append(file, "files\n");
  read_file(file, 1, &pair);
  for (;;) {
    uint32_t result = (uint32_t)read_file_stream(pair.stream, bytes, sizeof bytes);
    write_bytes(bytes, result >> 4);
    if ((result & 15) == dropped) break;
  }
  read_file_ended(pair.future, ended);
  say(ended[0] == 0 ? "whole\n" : "failed\n");
  read_directory(top, &pair);
  for (;;) {
    uint32_t result = (uint32_t)read_entries(pair.stream, entries, 8);
    for (uint32_t at = 0; at < result >> 4; at++) {
      say(entries[at].type == 5 ? "file " : entries[at].type == 2 ? "directory " : "other ");
      write_bytes(entries[at].name, entries[at].length);
      say("\n");
    }
    if ((result & 15) == dropped) break;
  }
}

static void flood(void) {
  static char block[65536];
  for (size_t at = 0; at < sizeof block; at++) block[at] = 'x';
  for (int count = 0; count < 16; count++) write_bytes(block, sizeof block);
}

EXPORT("[async-lift]wasi:cli/run@0.3.0#run") int run(void) {
  struct list arguments;
  get_arguments(&arguments);
  const struct list *argument = (struct list *)arguments.at;
  char what[16] = {0};
  for (size_t at = 0; at < argument[1].length && at < 15; at++) what[at] = argument[1].at[at];
  if (is(what, "exit")) exit_with_code(42);
  if (is(what, "trap")) __builtin_trap();
  if (is(what, "never")) return waits | new_set() << 4;
  if (is(what, "fail") || is(what, "nothing")) {
    end_task(is(what, "fail"));
    return exits;
  }
  begin_output();
  if (is(what, "yield")) {
    say("yields\n");
    yields_only = true;
    return yields;
  }
  if (is(what, "race")) return race();
  if (is(what, "echo")) return echo();
  if (is(what, "again")) return again();
  if (is(what, "files")) files();
  if (is(what, "flood")) flood();
  if (is(what, "sleep")) {
    wait_for(20000000);
    say("slept\n");
  }
  end_task(end_output());
  return exits;
}

EXPORT("[callback][async-lift]wasi:cli/run@0.3.0#run") int go_on(int event, int from, int result) {
  (void)from;
  if (yields_only) return yields;
  if (event == event_subtask) say("clock\n");
  if (event == event_stream_read && (result & 15) != dropped) {
    say(echoes ? "got " : "input ");
    write_bytes(input_bytes, (uint32_t)result >> 4);
  }
  if (echoes) return (result & 15) == dropped ? end_echo() : echo();
  if (--awaited > 0) return waits | awaited_set << 4;
  end_task(end_output());
  return exits;
}
