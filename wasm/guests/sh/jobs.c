#include "jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "traps.h"

static struct job *jobs; // the newest first

struct job *jobs_all(void) { return jobs; }

struct job *job_make(const struct node *node) {
  struct job *job = memory_get(sizeof *job);
  job->level = shell.level;
  if (shell.options[option_interactive] || shell.options[option_monitor]) tree_text(node, &job->text);
  return job;
}

void job_add(struct job *job, int pid) {
  if (job->count == job->room) {
    job->room = job->room == 0 ? 2 : job->room * 2;
    job->processes = memory_resize(job->processes, (size_t)job->room * sizeof *job->processes);
  }
  if (job->count == 0) {
    job->next = jobs;
    jobs = job;
    if (shell.options[option_monitor]) job->group = pid;
  }
  job->processes[job->count++] = (struct process){.pid = pid};
}

void job_forget(struct job *job) {
  for (struct job **at = &jobs; *at != NULL; at = &(*at)->next) {
    if (*at != job) continue;
    *at = job->next;
    break;
  }
  text_free(&job->text);
  free(job->processes);
  free(job);
}

enum process_state job_state(const struct job *job) {
  enum process_state state = process_ended;
  for (int index = 0; index < job->count; index++) {
    if (job->processes[index].state < state) state = (enum process_state)job->processes[index].state;
  }
  return state;
}

int job_status(const struct job *job) {
  int status = job->count == 0 ? 0 : job->processes[job->count - 1].status;
  if (!shell.options[option_pipefail]) return status;
  for (int index = job->count - 1; index >= 0 && status == 0; index--) status = job->processes[index].status;
  return status;
}

static struct process *process_find(int pid, struct job **of) {
  for (struct job *job = jobs; job != NULL; job = job->next) {
    for (int index = 0; index < job->count; index++) {
      *of = job;
      if (job->processes[index].pid == pid && job->processes[index].state != process_ended) return &job->processes[index];
    }
  }
  return NULL;
}

// Linux's layout: see coracle.h.
static void take_status(struct process *process, int status) {
  int low = status & 0x7f;
  process->signal = 0;
  if (status == 0xffff) {
    process->state = process_running;
  } else if (low == 0x7f) {
    process->state = process_stopped;
    process->signal = (uint8_t)(status >> 8 & 0xff);
  } else {
    process->state = process_ended;
    process->signal = (uint8_t)low;
  }
  process->status = process->signal == 0 ? status >> 8 & 0xff : 128 + process->signal;
}

int jobs_reap(bool waits) {
  int status = 0;
  uint32_t options = (waits ? 0 : CORACLE_WAIT_NOHANG) | (shell.options[option_monitor] ? CORACLE_WAIT_STOPPED : 0);
  int pid = system_wait(-1, options, &status);
  if (pid == -EINTR) signals_take();
  if (pid <= 0) return pid;
  struct job *job;
  struct process *process = process_find(pid, &job);
  if (process == NULL) return pid;
  take_status(process, status);
  job->has_news = job_state(job) != process_running;
  return pid;
}

// Nothing is left to wait for: whatever is still thought to run has gone some other way.
void job_lose(struct job *job) {
  for (int index = 0; index < job->count; index++) {
    if (job->processes[index].state == process_ended) continue;
    job->processes[index].state = process_ended;
    job->processes[index].status = 127;
  }
}

static void give_terminal(int group) {
  struct coracle_tty tty;
  if (shell.terminal < 0 || system_tty_get(shell.terminal, &tty) < 0) return;
  tty.foreground = group;
  system_tty_set(shell.terminal, &tty);
}

static const struct process *last_of(const struct job *job) { return &job->processes[job->count - 1]; }

// What a job leaves behind when a signal ended it: a terminal in raw mode, a half line.
static void after_foreground(struct job *job, const struct coracle_tty *before, bool has_terminal) {
  const struct process *last = last_of(job);
  if (has_terminal) {
    struct coracle_tty tty = *before;
    give_terminal(system_group());
    tty.foreground = system_group();
    if (last->signal != 0) system_tty_set(shell.terminal, &tty);
  }
  if (last->state == process_stopped) {
    job_to_background(job);
    complain_plainly("\n");
    job_print(job, 0);
    output_flush();
    job->has_news = false;
    return;
  }
  if (last->signal == signal_int && shell.options[option_interactive]) {
    complain_plainly("\n");
    shell.unwind = unwind_interrupt;
    shell.status = last->status;
  } else if (last->signal != 0 && last->signal != signal_int && last->signal != signal_pipe) {
    complain_plainly(signal_words(last->signal));
    complain_plainly("\n");
  }
}

OWN_FRAME // ^C that came before the job had the terminal is the job's all the same.
static void pass_interrupt(const struct job *job) {
  signals_take();
  if (shell.unwind != unwind_interrupt || job->group == 0) return;
  shell.unwind = unwind_none;
  system_kill(-job->group, signal_int);
}

int job_wait(struct job *job) {
  struct coracle_tty tty = {0};
  bool has_terminal = job->group > 0 && shell.terminal >= 0 && system_tty_get(shell.terminal, &tty) == 0;
  if (has_terminal) {
    give_terminal(job->group);
    // One that wanted the terminal before it was its own has stopped.
    if (tty.foreground != job->group) system_kill(-job->group, signal_cont);
  }
  captures_gather(false);
  while (job_state(job) == process_running) {
    pass_interrupt(job);
    if (jobs_reap(true) == -ECHILD) job_lose(job);
  }
  int status = job_status(job);
  after_foreground(job, &tty, has_terminal);
  if (job_state(job) == process_ended) job_forget(job);
  return status;
}

void job_to_background(struct job *job) {
  if (job->number > 0) return;
  int number = 1;
  for (const struct job *other = jobs; other != NULL; other = other->next) {
    if (other->number >= number) number = other->number + 1;
  }
  job->number = number;
  job->is_background = true;
}

struct job *job_current(void) {
  struct job *current = NULL;
  for (struct job *job = jobs; job != NULL; job = job->next) {
    if (!job->is_background || job->level != shell.level) continue;
    if (job_state(job) == process_stopped) return job;
    if (current == NULL) current = job;
  }
  return current;
}

int job_continue(struct job *job, bool in_foreground) {
  for (int index = 0; index < job->count; index++) {
    if (job->processes[index].state == process_stopped) job->processes[index].state = process_running;
  }
  job->has_news = false;
  if (in_foreground && job->group > 0) give_terminal(job->group);
  int failure = system_kill(job->group > 0 ? -job->group : last_of(job)->pid, signal_cont);
  if (failure < 0) {
    complain("%s", error_text(failure));
    return 1;
  }
  if (!in_foreground) return 0;
  job->is_background = false;
  return job_wait(job);
}

// A subshell's: its parent's jobs are none of its own.
void job_disown_all(void) {
  while (jobs != NULL) job_forget(jobs);
}
