// Processes that the shell has started: POSIX 2.9.3, `jobs`, `wait`, `fg`, `bg`.
#ifndef SH_JOBS_H
#define SH_JOBS_H

#include <stdbool.h>

#include "shell.h"
#include "tree.h"

enum process_state { process_running, process_stopped, process_ended };

struct process {
  int pid, status; // as a command's
  uint8_t state;
  uint8_t signal; // that ended or stopped it
};

struct job {
  struct job *next; // the one before
  int number, group; // group 0: the shell's
  bool is_background, has_news;
  uint32_t level; // of the subshell that started it
  int count, room;
  struct process *processes;
  struct text text;
};

struct job *job_make(const struct node *node);
void job_add(struct job *job, int pid);
// Starts a program, or the shell itself with a tree. Its pid, or a negative errno.
int job_spawn(struct job *job, const char *path, char *const *argv);
int job_spawn_shell(struct job *job, struct node *node);
// Waits for all of its processes; the status of the last. Gives the terminal and takes it back.
int job_wait(struct job *job);
void job_to_background(struct job *job);
void job_forget(struct job *job);
// Whether it stopped; its last process's status.
int job_status(const struct job *job);
enum process_state job_state(const struct job *job);
// Takes one thing that has happened: the pid; 0 for nothing; -EINTR when a signal came, -ECHILD when nothing can happen any more.
int jobs_reap(bool waits);
void job_lose(struct job *job); // there is nothing to wait for
void jobs_report(void); // ended and stopped ones, to who types
void job_print(const struct job *job, char how); // how: 'l', 'p', or 0
struct job *job_find(const char *name);          // %1, %+, %-, %name, or a pid; NULL
struct job *jobs_all(void);
struct job *job_current(void);
int job_continue(struct job *job, bool in_foreground);
void job_disown_all(void);
// A process that writes these bytes to a descriptor of the system's. 0 or a negative errno.
int writer_start(const char *bytes, size_t size, int descriptor);

#endif
