// A shim: one process per container or exec. It starts the runtime, holds the output, the log, standard input or the
// terminal, serves clients on a unix socket, and leaves the exit status on disk. The daemon and the helper may die.
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim_log.h"

enum {
  chunk_capacity = 256 * 1024, // one read of output
  frame_header = 8,
  input_capacity = 64 * 1024,
  client_limit = 512,
  small_message = 1024,
  reaped_limit = 64,
  drain_ms = 2000,  // after the first process has ended: for output that others hold open, for clients that do not read
  linger_ms = 1000, // after everything is told: for clients to leave by themselves
  abandoned_ms = 10000, // before the start, without any client: who made this shim has died
};

enum { stream_out = 1, stream_err = 2 };

enum phase {
  phase_waiting,  // for a client's `start`
  phase_starting, // the runtime runs
  phase_running,  // the container's first process runs
  phase_draining, // it has ended, output may be left
  phase_ended,    // everything is told; clients are given a moment to leave
};

struct options {
  bool is_container, terminal, keep_input, input_once;
  bool hold_program; // until its terminal has the size that was asked for
  const char *directory, *socket, *hide_path;
  char **argv, **env, **cgroups, **delete_argv, **remove_paths;
  int program_fd; // a sealed program to execute instead of argv[0], or -1
  const char *oom_score_adj;
};

struct output {
  int fd; // -1 when it has ended
  int kind;
  bool paused;   // a terminal that nobody holds open just now
  size_t owed;   // bytes that were in the pipe when the first process ended
};

struct client {
  struct client *next;
  struct client *peer; // a connection and the socket that was handed over on it; NULL
  int fd;
  int mask; // of what it is attached to: 1 input, 2 stdout, 4 stderr
  bool attached, watching;
  bool taken; // out of the daemon: only output goes there
  bool eof;    // sends no more
  bool deaf;   // takes no more
  bool gone;   // to be removed
  bool behind; // has some of the present chunk to get
  size_t sent; // of the present chunk
  uint64_t stuck_since; // ms; when it stopped taking
  unsigned char head[5];
  size_t head_size;
  uint32_t body_left; // of an `input` message, or of what `body` misses
  unsigned char body[small_message];
  size_t body_size;
  char *queue; // status messages that its socket had no room for
  size_t queue_size, queue_sent;
};

struct shim {
  struct options options;
  enum phase phase;
  struct log log;
  struct output outputs[2];
  int listener, console, signals, null_fd;
  int runtime_text; // what the runtime says on a terminal container's standard error, which is nobody's output
  int terminal; // the pty's master, -1 until the runtime sends it
  bool has_size;
  uint16_t rows, columns;

  char *chunk; // frame header, then data
  size_t chunk_size;
  int chunk_kind;
  bool chunk_pending;
  struct output *spliced; // the present chunk goes to its only client straight from this pipe
  size_t splice_left;
  bool starved; // the pipe has less than was announced: the container has read from it itself
  bool dirty; // chunk and log buffers hold memory that an idle shim should not

  int input; // write end of standard input, -1
  char *input_data;
  size_t input_size, input_sent;
  bool input_ended; // close it once it is written; later input is dropped

  pid_t runtime, first;
  bool traces; // the runtime, as far as the program
  pid_t held;  // the program, before its first instruction; 0
  struct {
    pid_t pid;
    int status;
    uint64_t time_ns;
  } reaped[reaped_limit]; // ends that came before we knew whose they are
  size_t reaped_count;
  int exit_code;
  uint64_t exit_ns, abandoned_deadline, drain_deadline, end_deadline;
  bool killed_by_oom;
  char *failure; // F payload
  size_t failure_size;

  struct client *clients;
  size_t client_count;
  struct dns *dns;
};

// shim_process.c: the runtime, its terminal, reaping.
void start_runtime(struct shim *shim);
void accept_console(struct shim *shim);
void reap(struct shim *shim);
void set_size(struct shim *shim, uint16_t rows, uint16_t columns);

// shim_trace.c: a program held until its terminal has a size.
void be_traced(const struct shim *shim); // in the runtime's process, before it is executed
void trace_stopped(struct shim *shim, pid_t pid, int status);
void release_program(struct shim *shim);

// shim_io.c: output to log and clients, input from clients.
bool setup_io(struct shim *shim);
void pump_output(struct shim *shim, struct output *output);
// What is left of a chunk has to wait for the pipe, not for the client.
bool awaits_pipe(const struct shim *shim);
void deliver(struct shim *shim);
void write_input(struct shim *shim);
void end_input(struct shim *shim);
void trim(struct shim *shim);

// shim_clients.c: connections and their messages.
void accept_clients(struct shim *shim);
void read_client(struct shim *shim, struct client *client);
bool client_may_read(const struct shim *shim, const struct client *client);
void flush_queue(struct client *client);
void remove_gone(struct shim *shim);
void tell(struct client *client, char type, const char *payload, size_t size);
void tell_watchers(struct shim *shim, char type, const char *payload, size_t size);
void tell_state(struct shim *shim, struct client *client);
void end_clients(struct shim *shim);

// shim_exit.c: what is left behind and what is cleared away.
size_t exit_payload(const struct shim *shim, char *to, size_t size);
void finish_exit(struct shim *shim);
void finish_failure(struct shim *shim, int status);
void kill_leftovers(struct shim *shim);
