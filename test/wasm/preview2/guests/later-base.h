/* What all programs of WASI 0.3 here stand on: the output as a stream, by the canonical ABI.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/Concurrency.md */

#ifndef LATER_BASE_H
#define LATER_BASE_H

#define VERSION "@0.3.0"
#include "canon-base.h"

#define ROOT(name) __attribute__((import_module("$root"), import_name(name)))
#define STDOUT(name) IMPORT("wasi:cli/stdout", name)

struct pair {
  int stream;
  int future;
};

int write_via_stream(int stream) STDOUT("write-via-stream");
int64_t new_stream(void) STDOUT("[stream-new-0]write-via-stream");
int write_stream(int end, const char *bytes, size_t length) STDOUT("[stream-write-0]write-via-stream");
void end_stream(int end) STDOUT("[stream-drop-writable-0]write-via-stream");
int read_written(int future, char *result) STDOUT("[future-read-1]write-via-stream");

int new_set(void) ROOT("[waitable-set-new]");
void join(int waitable, int set) ROOT("[waitable-join]");

enum { dropped = 1, blocked = -1, returned = 2, event_subtask = 1, event_stream_read = 2, exits = 0, yields = 1, waits = 2 };

static int out;
static int written;

static void begin_output(void) {
  int64_t ends = new_stream();
  out = (int)(ends >> 32);
  written = write_via_stream((int)ends);
}

static void write_bytes(const char *bytes, size_t length) {
  while (length > 0) {
    uint32_t result = (uint32_t)write_stream(out, bytes, length);
    if ((result & 15) != 0) __builtin_trap();
    bytes += result >> 4;
    length -= result >> 4;
  }
}

static void say(const char *text) { write_bytes(text, length_of(text)); }

/* What is written is there before the program goes on. */
static int end_output(void) {
  char result[2];
  end_stream(out);
  read_written(written, result);
  return result[0];
}

#endif
