/* Does with files what its argument says: `work` does a little of everything in /work, and says how it went. */

#include "canon.h"

#define TYPES "wasi:filesystem/types"
#define METHOD(name) IMPORT(TYPES, "[method]descriptor." name)

struct code_result {
  uint8_t failed;
  union {
    uint8_t code;
    int handle;
  } __attribute__((aligned(4)));
};
struct plain_result {
  uint8_t failed;
  uint8_t code;
};
struct text_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct list list;
  } __attribute__((aligned(4)));
};
struct read_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct {
      struct list list;
      uint8_t end;
    };
  } __attribute__((aligned(4)));
};
struct written_result {
  uint8_t failed;
  union {
    uint8_t code;
    uint64_t count;
  } __attribute__((aligned(8)));
};
struct optional_time {
  uint8_t is;
  struct datetime time __attribute__((aligned(8)));
};
struct stat_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct {
      uint8_t type;
      uint64_t links;
      uint64_t size;
      struct optional_time accessed, modified, changed;
    };
  } __attribute__((aligned(8)));
};
struct entry_result {
  uint8_t failed;
  union {
    uint8_t code;
    struct {
      uint8_t is;
      struct {
        uint8_t type;
        struct list name;
      };
    };
  } __attribute__((aligned(4)));
};

void get_directories(struct list *result) IMPORT("wasi:filesystem/preopens", "get-directories");
void open_at(int from, int follow, const char *path, size_t length, int open, int flags, struct code_result *result)
    METHOD("open-at");
void make_directory(int from, const char *path, size_t length, struct plain_result *result) METHOD("create-directory-at");
void write_stream(int file, uint64_t offset, struct code_result *result) METHOD("write-via-stream");
void append_stream(int file, struct code_result *result) METHOD("append-via-stream");
void read_stream(int file, uint64_t offset, struct code_result *result) METHOD("read-via-stream");
void read_file(int file, uint64_t length, uint64_t offset, struct read_result *result) METHOD("read");
void write_file(int file, const char *at, size_t length, uint64_t offset, struct written_result *result) METHOD("write");
void set_size(int file, uint64_t size, struct plain_result *result) METHOD("set-size");
void stat_at(int from, int follow, const char *path, size_t length, struct stat_result *result) METHOD("stat-at");
void set_times(int from, int follow, const char *path, size_t length, int accessed, uint64_t accessed_s, int accessed_ns,
               int modified, uint64_t modified_s, int modified_ns, struct plain_result *result) METHOD("set-times-at");
void link_at(int from, int follow, const char *old, size_t old_length, int to, const char *path, size_t length,
             struct plain_result *result) METHOD("link-at");
void rename_at(int from, const char *old, size_t old_length, int to, const char *path, size_t length,
               struct plain_result *result) METHOD("rename-at");
void symlink_at(int from, const char *target, size_t target_length, const char *path, size_t length,
                struct plain_result *result) METHOD("symlink-at");
void readlink_at(int from, const char *path, size_t length, struct text_result *result) METHOD("readlink-at");
void unlink_at(int from, const char *path, size_t length, struct plain_result *result) METHOD("unlink-file-at");
void remove_directory_at(int from, const char *path, size_t length, struct plain_result *result)
    METHOD("remove-directory-at");
void read_directory(int directory, struct code_result *result) METHOD("read-directory");
bool is_same(int file, int other) METHOD("is-same-object");
void drop_descriptor(int file) IMPORT(TYPES, "[resource-drop]descriptor");
void read_entry(int entries, struct entry_result *result) IMPORT(TYPES, "[method]directory-entry-stream.read-directory-entry");
void drop_entries(int entries) IMPORT(TYPES, "[resource-drop]directory-entry-stream");

#define TEXT(text) text, length_of(text)
enum { CREATE = 1, DIRECTORY = 2, EXCLUSIVE = 4, TRUNCATE = 8 };
enum { READ = 1, WRITE = 2 };

static int root;

static void tell(const char *what, struct plain_result result) {
  say(what), say(": "), say_number(result.failed ? result.code : 100), say("\n");
}

static int open_file(const char *path, int open, int flags) {
  struct code_result result;
  open_at(root, 1, TEXT(path), open, flags, &result);
  if (!result.failed) return result.handle;
  say(path), say(": "), say_number(result.code), say("\n");
  return -1;
}

static void show_stat(const char *path, int follow) {
  struct stat_result stat;
  stat_at(root, follow, TEXT(path), &stat);
  say(path), say(" is ");
  if (stat.failed) say("failed "), say_number(stat.code);
  else {
    say_number(stat.type), say(" with "), say_number(stat.size), say(" bytes, links "), say_number(stat.links);
    say(stat.modified.is && stat.accessed.is && stat.changed.is ? ", times\n" : ", no times\n");
    return;
  }
  say("\n");
}

static void list(const char *path) {
  struct code_result opened;
  int directory = open_file(path, DIRECTORY, READ);
  read_directory(directory, &opened);
  struct entry_result entry;
  size_t count = 0;
  for (;;) {
    read_entry(opened.handle, &entry);
    if (entry.failed || !entry.is) break;
    if (++count <= 10) say("entry "), say_number(entry.type), say(" "), say_all(entry.name.at, entry.name.length), say("\n");
  }
  say_number(count), say(" entries\n");
  drop_entries(opened.handle);
  drop_descriptor(directory);
}

static void work(void) {
  struct plain_result plain;
  struct code_result stream;
  struct stream_result done;
  struct read_result read;
  struct written_result written;
  struct text_result text;
  make_directory(root, TEXT("work/new"), &plain), tell("mkdir", plain);
  make_directory(root, TEXT("work/new"), &plain), tell("mkdir again", plain);
  int file = open_file("work/new/file", CREATE | EXCLUSIVE, READ | WRITE);
  open_file("work/new/file", CREATE | EXCLUSIVE, WRITE);
  write_stream(file, 2, &stream);
  blocking_write(stream.handle, "stream ", 7, &done);
  blocking_write(stream.handle, "goes on", 7, &done);
  drop_output(stream.handle);
  append_stream(file, &stream);
  blocking_write(stream.handle, "!end", 4, &done);
  drop_output(stream.handle);
  write_file(file, "0", 1, 1, &written);
  read_file(file, 100, 0, &read);
  say_all(read.list.at + 1, read.list.length - 1), say(read.end ? " at the end\n" : "\n");
  read_file(file, 100, 1000, &read);
  say_number(read.list.length), say(read.end ? " at the end\n" : " more\n");
  read_stream(file, 9, &stream);
  for (;;) {
    blocking_read(stream.handle, 4, &done);
    if (done.failed) break;
    say("["), say_all(done.list.at, done.list.length), say("]");
  }
  say(done.error == 1 ? " closed\n" : " failed\n");
  drop_input(stream.handle);
  set_size(file, 5, &plain), tell("set size", plain);
  show_stat("work/new/file", 1);
  symlink_at(root, TEXT("new/file"), TEXT("work/link"), &plain), tell("symlink", plain);
  readlink_at(root, TEXT("work/link"), &text);
  say("to "), say_all(text.list.at, text.list.length), say("\n");
  show_stat("work/link", 0);
  show_stat("work/link", 1);
  link_at(root, 0, TEXT("work/new/file"), root, TEXT("work/other"), &plain), tell("link", plain);
  show_stat("work/other", 0);
  int other = open_file("work/other", 0, READ);
  say(is_same(file, other) ? "the same\n" : "not the same\n");
  say(is_same(file, root) ? "the same\n" : "not the same\n");
  write_file(other, "x", 1, 0, &written);
  say("write to what is read: "), say_number(written.failed ? written.code : 100), say("\n");
  rename_at(root, TEXT("work/other"), root, TEXT("work/new/renamed"), &plain), tell("rename", plain);
  rename_at(root, TEXT("work/none"), root, TEXT("work/new/renamed"), &plain), tell("rename nothing", plain);
  remove_directory_at(root, TEXT("work/new"), &plain), tell("rmdir full", plain);
  unlink_at(root, TEXT("work/new"), &plain), tell("unlink a directory", plain);
  set_times(root, 1, TEXT("work/link"), 2, 1000000000, 5, 1, 0, 0, &plain), tell("times", plain);
  struct stat_result stat;
  stat_at(root, 1, TEXT("work/link"), &stat);
  say_number(stat.accessed.time.seconds), say("."), say_number(stat.accessed.time.nanoseconds), say("\n");
  list("work");
  open_file("work/none", 0, READ);
  open_file("work/new/file/below", 0, READ);
  open_file("work", 0, WRITE);
  open_file("../../../work/new/file", 0, READ);
  open_file("/work/link", 0, READ);
  say("done\n");
}

/* Many files, listed and taken away. */
static void many(void) {
  struct plain_result plain;
  char name[] = "work/file-0000";
  for (int i = 0; i < 300; i++) {
    for (int digit = 3, rest = i; digit >= 0; digit--, rest /= 10) name[10 + digit] = '0' + rest % 10;
    drop_descriptor(open_file(name, CREATE, WRITE));
  }
  list("work");
  for (int i = 0; i < 300; i++) {
    for (int digit = 3, rest = i; digit >= 0; digit--, rest /= 10) name[10 + digit] = '0' + rest % 10;
    unlink_at(root, TEXT(name), &plain);
  }
  list("work");
}

/* As ../../preview1/guests/many-files.c does. */
static bool work_much(void) {
  static char content[4096];
  struct plain_result plain;
  struct written_result written;
  struct read_result read;
  struct stat_result stat;
  struct code_result entries;
  struct entry_result entry;
  char name[] = "many/00000";
  make_directory(root, TEXT("many"), &plain);
  for (int round = 0; round < 4; round++)
    for (int i = 0; i < 10000; i++) {
      for (int digit = 4, rest = i; digit >= 0; digit--, rest /= 10) name[5 + digit] = '0' + rest % 10;
      used = 0;
      if (round == 0) {
        int file = open_file(name, CREATE, WRITE);
        write_file(file, content, sizeof content, 0, &written);
        drop_descriptor(file);
        if (written.failed) return false;
      } else if (round == 1) {
        stat_at(root, 1, TEXT(name), &stat);
        if (stat.failed || stat.size != sizeof content) return false;
      } else if (round == 2) {
        int file = open_file(name, 0, READ);
        read_file(file, sizeof content, 0, &read);
        drop_descriptor(file);
        if (read.failed || read.list.length != sizeof content) return false;
      } else {
        if (i == 0) {
          int directory = open_file("many", DIRECTORY, READ);
          read_directory(directory, &entries);
          do used = 0, read_entry(entries.handle, &entry);
          while (!entry.failed && entry.is);
          drop_entries(entries.handle);
        }
        unlink_at(root, TEXT(name), &plain);
        if (plain.failed) return false;
      }
    }
  remove_directory_at(root, TEXT("many"), &plain);
  return !plain.failed;
}

/* Opens until it is told that there is no more. */
static void open_many(void) {
  int count = 0;
  while (open_file("work", DIRECTORY, READ) >= 0) count++;
  say_number(count), say(" open\n");
}

/* Writes the content of one file into another. */
static void copy(const char *from, const char *to) {
  struct code_result in, sink;
  struct stream_result ignored;
  struct long_result moved;
  (void)ignored;
  read_stream(open_file(from, 0, READ), 0, &in);
  write_stream(open_file(to, CREATE | TRUNCATE, WRITE), 0, &sink);
  uint64_t total = 0;
  for (;;) {
    blocking_splice(sink.handle, in.handle, 65536, &moved);
    if (moved.failed) break;
    total += moved.value;
  }
  say_number(total), say(" bytes\n");
}

EXPORT("wasi:cli/run@0.2.12#run") int run(void) {
  out = get_stdout();
  struct list directories;
  get_directories(&directories);
  root = *(int *)directories.at;
  const char *what = argument(1);
  if (is(what, "work")) work();
  if (is(what, "many")) many();
  if (is(what, "much")) return !work_much();
  if (is(what, "open")) open_many();
  if (is(what, "copy")) copy(argument(2), argument(3));
  return 0;
}
