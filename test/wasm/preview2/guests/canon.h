/* Calls of WASI 0.2 as a component's core module makes them. */

#ifndef CANON_H
#define CANON_H

#define VERSION "@0.2.12"
#include "canon-base.h"

void get_arguments(struct list *result) IMPORT("wasi:cli/environment", "get-arguments");
void get_environment(struct list *result) IMPORT("wasi:cli/environment", "get-environment");
void exit_with_code(int code) IMPORT("wasi:cli/exit", "exit-with-code");
int get_stdin(void) IMPORT("wasi:cli/stdin", "get-stdin");
int get_stdout(void) IMPORT("wasi:cli/stdout", "get-stdout");
int get_stderr(void) IMPORT("wasi:cli/stderr", "get-stderr");
void get_terminal_stdout(int *result) IMPORT("wasi:cli/terminal-stdout", "get-terminal-stdout");

struct stream_result {
  uint8_t failed;
  union {
    struct list list;
    struct {
      uint8_t error; /* 0 failed, 1 closed */
      int handle;
    };
  };
};
struct long_result {
  uint8_t failed;
  union {
    uint64_t value;
    struct {
      uint8_t error;
      int handle;
    };
  };
};
void stream_read(int stream, uint64_t length, struct stream_result *result) IMPORT("wasi:io/streams", "[method]input-stream.read");
void blocking_read(int stream, uint64_t length, struct stream_result *result)
    IMPORT("wasi:io/streams", "[method]input-stream.blocking-read");
int input_subscribe(int stream) IMPORT("wasi:io/streams", "[method]input-stream.subscribe");
void check_write(int stream, struct long_result *result) IMPORT("wasi:io/streams", "[method]output-stream.check-write");
void stream_write(int stream, const char *at, size_t length, struct stream_result *result)
    IMPORT("wasi:io/streams", "[method]output-stream.write");
void blocking_write(int stream, const char *at, size_t length, struct stream_result *result)
    IMPORT("wasi:io/streams", "[method]output-stream.blocking-write-and-flush");
int output_subscribe(int stream) IMPORT("wasi:io/streams", "[method]output-stream.subscribe");
void blocking_splice(int stream, int source, uint64_t length, struct long_result *result)
    IMPORT("wasi:io/streams", "[method]output-stream.blocking-splice");
void drop_input(int stream) IMPORT("wasi:io/streams", "[resource-drop]input-stream");
void drop_output(int stream) IMPORT("wasi:io/streams", "[resource-drop]output-stream");

bool pollable_ready(int pollable) IMPORT("wasi:io/poll", "[method]pollable.ready");
void pollable_block(int pollable) IMPORT("wasi:io/poll", "[method]pollable.block");
void drop_pollable(int pollable) IMPORT("wasi:io/poll", "[resource-drop]pollable");
void poll_all(const int *pollables, size_t count, struct list *result) IMPORT("wasi:io/poll", "poll");

uint64_t monotonic_now(void) IMPORT("wasi:clocks/monotonic-clock", "now");
int subscribe_duration(uint64_t ns) IMPORT("wasi:clocks/monotonic-clock", "subscribe-duration");
struct datetime {
  uint64_t seconds;
  uint32_t nanoseconds;
};
void wall_now(struct datetime *result) IMPORT("wasi:clocks/wall-clock", "now");
uint64_t random_u64(void) IMPORT("wasi:random/random", "get-random-u64");

static int out;

static void say_all(const char *at, size_t length) {
  struct stream_result result;
  for (size_t done = 0; done < length;) {
    size_t piece = length - done < 4096 ? length - done : 4096;
    blocking_write(out, at + done, piece, &result);
    if (result.failed) exit_with_code(99);
    done += piece;
  }
}

static void say(const char *text) { say_all(text, length_of(text)); }

static void say_number(uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = '0' + number % 10;
  while ((number /= 10) != 0);
  say_all(digits + at, sizeof digits - at);
}

/* The argument as text ended by a zero, or nothing. */
static const char *argument(size_t index) {
  struct list list;
  get_arguments(&list);
  if (index >= list.length) return "";
  struct list text = ((struct list *)list.at)[index];
  char *copy = cabi_realloc(0, 0, 1, text.length + 1);
  for (size_t i = 0; i < text.length; i++) copy[i] = text.at[i];
  copy[text.length] = 0;
  return copy;
}

#endif
