// A container's log on disk: lines put together from the output, written as json-file or local records, rotated by size.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum log_driver { log_none, log_json, log_local };

// Lines beyond this are kept as several partial records, as Docker does; readers join them.
// The room is one byte more: what comes after the cut decides where it may be.
enum { log_line_limit = 16384, log_line_room = log_line_limit + 1 };

enum { log_part_limit = 64, log_attributes_limit = 65536 };

struct log_line {
  char *data; // log_line_room bytes
  size_t size;
};

struct log {
  enum log_driver driver;
  const char *path;
  long max_size; // bytes; 0 = no limit
  long max_files;
  long max_waiting; // bytes that wait in memory for the disk while the container goes on; -1 = it waits for the disk
  bool counts_up; // full files get the next number and keep it, for whoever compresses them meanwhile: x.1 is the oldest
  long last; // number that was given so
  const char *attributes; // a JSON object for each json-file record, or empty
  size_t attributes_size;
  struct log_ring *ring; // of those; while there is one, its thread owns what follows, but for `lines` and `taken_ns`
  int fd;
  long size; // of the file, without what is still in `out`
  char *out; // records put together here, and bytes of the output itself, are written in one go
  size_t out_size;
  struct iovec parts[log_part_limit];
  int part_count;
  long pending; // bytes of all parts
  struct log_line lines[2]; // stdout, stderr
  uint64_t taken_ns; // when what is in hand was taken, with a ring
  uint64_t time_ns; // of the records that are put together
  char time_text[40]; // time_ns as JSON wants it
  size_t time_size;
  int64_t second; // whose date is cached
  char second_text[24];
};

// Opens (appends to) the file. 0 or -1 with errno.
int log_open(struct log *log);
// Starts the thread of a log that does not hold up the container, in the process that is to write. 0 or -1 with errno.
int log_start(struct log *log);
// Takes output of `stream` (1 stdout, 2 stderr); whole lines are in the file when it returns, or with the ring.
void log_write(struct log *log, int stream, const char *data, size_t size);
// Writes what is left of lines that never ended.
void log_finish(struct log *log);
// Gives back the memory that a burst of output took.
void log_trim(struct log *log);

// For who puts records together: their time, one of them, and all of them to the file.
void log_stamp(struct log *log, uint64_t time_ns);
void log_record(struct log *log, int stream, const char *data, size_t size, bool partial);
void log_flush(struct log *log);

// Where full files are numbered upwards: finds the largest number that earlier runs gave. 0 or -1 with errno.
int log_find_last(struct log *log);
// Gives the full file its next name, and removes the oldest.
void log_make_way(struct log *log);

// For the record formats. Room for `size` bytes in `out` and for a few parts, the file rotated first when it has reached
// its size.
char *log_room(struct log *log, size_t size);
// What was put there up to `end` is to be written.
void log_commit(struct log *log, const char *end);
// So are these bytes, which stay where they are until `log_write` returns. False when they have to be copied: they are few,
// or part of a line that is being put together.
bool log_borrow(struct log *log, const char *data, size_t size);
void log_json_record(struct log *log, int stream, const char *data, size_t size, bool partial);
void log_local_record(struct log *log, int stream, const char *data, size_t size, bool partial);
