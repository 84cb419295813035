/* A program that shows what it is given, and does what its first argument says. */

#include "canon.h"

static void show_everything(void) {
  struct list list;
  get_arguments(&list);
  for (size_t i = 0; i < list.length; i++) {
    struct list text = ((struct list *)list.at)[i];
    say("argument "), say_all(text.at, text.length), say("\n");
  }
  get_environment(&list);
  for (size_t i = 0; i < list.length; i++) {
    struct list *pair = (struct list *)list.at + 2 * i;
    say("variable "), say_all(pair[0].at, pair[0].length), say(" is "), say_all(pair[1].at, pair[1].length), say("\n");
  }
  int terminal[2];
  get_terminal_stdout(terminal);
  say(terminal[0] ? "terminal\n" : "no terminal\n");
}

static void copy_input(void) {
  struct stream_result result;
  int in = get_stdin();
  for (;;) {
    blocking_read(in, 1000, &result);
    if (result.failed) break;
    say("got "), say_all(result.list.at, result.list.length);
  }
  say(result.error == 1 ? "end\n" : "failed\n");
}

static void show_time(void) {
  struct datetime now;
  wall_now(&now);
  say_number(now.seconds), say("\n");
  uint64_t before = monotonic_now();
  pollable_block(subscribe_duration(30000000));
  say(monotonic_now() - before >= 30000000 ? "slept\n" : "too short\n");
  say(random_u64() != random_u64() ? "random\n" : "the same\n");
}

/* Waits for input and a timer at once; says which came. */
static void poll_both(void) {
  int in = get_stdin();
  int both[2] = {input_subscribe(in), subscribe_duration(20000000)};
  struct list list;
  poll_all(both, 2, &list);
  say(list.length == 1 && *(uint32_t *)list.at == 1 ? "timer\n" : "something else\n");
  both[1] = subscribe_duration(3600000000000);
  poll_all(both, 2, &list);
  say(list.length == 1 && *(uint32_t *)list.at == 0 ? "input\n" : "something else\n");
  struct stream_result result;
  stream_read(in, 1000, &result);
  say_all(result.list.at, result.list.length);
  stream_read(in, 1000, &result);
  say(!result.failed && result.list.length == 0 ? "nothing more yet\n" : "something else\n");
}

/* More than any pipe holds, at the reader's pace. */
static void flood(void) {
  static char piece[4096];
  struct stream_result result;
  struct long_result room;
  for (size_t i = 0; i < sizeof piece; i++) piece[i] = 'x';
  for (size_t left = 1 << 20; left > 0;) {
    check_write(out, &room);
    if (room.value == 0) {
      int pollable = output_subscribe(out);
      pollable_block(pollable);
      drop_pollable(pollable);
      continue;
    }
    size_t piece_length = room.value < sizeof piece ? room.value : sizeof piece;
    if (piece_length > left) piece_length = left;
    stream_write(out, piece, piece_length, &result);
    left -= piece_length;
  }
}

EXPORT("wasi:cli/run@0.2.12#run") int run(void) {
  out = get_stdout();
  const char *what = argument(1);
  if (is(what, "show")) show_everything();
  if (is(what, "copy")) copy_input();
  if (is(what, "time")) show_time();
  if (is(what, "poll")) poll_both();
  if (is(what, "flood")) flood();
  if (is(what, "exit")) exit_with_code(42);
  if (is(what, "trap")) __builtin_trap();
  if (is(what, "spin")) for (;;) __asm__ volatile("");
  if (is(what, "stderr")) {
    struct stream_result result;
    blocking_write(get_stderr(), "to stderr\n", 10, &result);
  }
  return is(what, "fail");
}
