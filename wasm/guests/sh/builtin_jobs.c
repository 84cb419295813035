// Builtins for processes.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builtins.h"
#include "files.h"
#include "jobs.h"
#include "run.h"
#include "traps.h"

static struct job *find_or_complain(const char *command, const char *name) {
  struct job *job = job_find(name);
  if (job == NULL) complain("%s: No such job: %s", command, name);
  return job;
}

int builtin_jobs(int argc, char **argv) {
  struct letters letters = {.at = 1};
  int letter;
  char how = 0;
  while ((letter = next_letter(&letters, argc, argv, "lp")) != 0) {
    if (letter == '?') return 2;
    how = (char)letter;
  }
  while (jobs_reap(false) > 0) continue;
  struct job *shown[256];
  int count = 0;
  for (struct job *job = jobs_all(); job != NULL && count < 256; job = job->next) {
    if (job->is_background && job->level == shell.level) shown[count++] = job;
  }
  while (count > 0) {
    struct job *job = shown[--count];
    if (letters.at < argc && job_find(argv[letters.at]) != job) continue;
    job_print(job, how);
    job->has_news = false;
    if (job_state(job) == process_ended) job_forget(job);
  }
  return 0;
}

static int continue_jobs(int argc, char **argv, bool in_foreground) {
  if (!shell.options[option_monitor]) {
    complain("%s: no job control", argv[0]);
    return 2;
  }
  int status = 0;
  for (int index = 1; index < argc || index == 1; index++) {
    struct job *job = find_or_complain(argv[0], index < argc ? argv[index] : "%+");
    if (job == NULL) return 2;
    if (in_foreground) {
      complain_plainly(text_end(&job->text));
      complain_plainly("\n");
    } else {
      out_format("[%d] %s &\n", job->number, text_end(&job->text));
    }
    status = job_continue(job, in_foreground);
  }
  return status;
}

int builtin_fg(int argc, char **argv) { return continue_jobs(argc, argv, true); }

int builtin_bg(int argc, char **argv) { return continue_jobs(argc, argv, false); }

// 0 or, when a trap is to be run first, its status.
static int wait_for(struct job *job) {
  while (job_state(job) == process_running) {
    int pid = jobs_reap(true);
    if (pid == -ECHILD) job_lose(job);
    if (pid == -EINTR && (traps_wait() || shell.unwind != unwind_none)) return 128 + signal_int;
  }
  return 0;
}

static struct job *next_running(void) {
  for (struct job *job = jobs_all(); job != NULL; job = job->next) {
    if (job->level == shell.level && job->is_background && job_state(job) == process_running) return job;
  }
  return NULL;
}

static int wait_for_all(void) {
  struct job *job;
  while ((job = next_running()) != NULL) {
    int interrupted = wait_for(job);
    if (interrupted != 0) return interrupted;
  }
  struct job *next;
  for (job = jobs_all(); job != NULL; job = next) {
    next = job->next;
    if (job->level == shell.level && job->is_background && job_state(job) == process_ended) job_forget(job);
  }
  return 0;
}

int builtin_wait(int argc, char **argv) {
  // What they write to a command substitution would fill its pipe meanwhile.
  captures_gather_all();
  if (argc < 2) return wait_for_all();
  int status = 0;
  for (int index = 1; index < argc; index++) {
    struct job *job = job_find(argv[index]);
    status = 127;
    if (job == NULL) continue;
    int interrupted = wait_for(job);
    if (interrupted != 0) return interrupted;
    status = job_status(job);
    if (job_state(job) == process_ended) job_forget(job);
  }
  return status;
}

static int list_signals(int argc, char **argv, int at) {
  for (int signal = 1; at >= argc && signal < signal_limit; signal++) out_format("%s%c", signal_name(signal), signal + 1 < signal_limit ? ' ' : '\n');
  for (; at < argc; at++) {
    int number = atoi(argv[at]);
    int signal = number > 128 ? number - 128 : number > 0 ? number : signal_number(argv[at]);
    if (signal < 0 || signal >= signal_limit) {
      complain("kill: invalid signal number or exit status: %s", argv[at]);
      return 2;
    }
    if (number > 0) out_format("%s\n", signal_name(signal));
    else out_format("%d\n", signal);
  }
  return 0;
}

static int send(const char *to, int signal) {
  char *end;
  long pid = strtol(to, &end, 10);
  if (to[0] == '%') {
    struct job *job = find_or_complain("kill", to);
    if (job == NULL) return 1;
    pid = job->group > 0 ? -job->group : job->processes[0].pid;
  } else if (end == to || *end != '\0') {
    complain("kill: Illegal number: %s", to);
    return 2;
  }
  int failure = system_kill((int)pid, signal);
  if (failure < 0) complain("kill: (%s): %s", to, error_text(failure));
  return failure < 0 ? 1 : 0;
}

int builtin_kill(int argc, char **argv) {
  int signal = signal_term, at = 1, status = 0;
  if (argc > 1 && strcmp(argv[1], "-l") == 0) return list_signals(argc, argv, 2);
  if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
    bool is_apart = (argv[1][1] == 's' || argv[1][1] == 'n') && argv[1][2] == '\0' && argc > 2;
    const char *name = is_apart ? argv[2] : argv[1] + 1;
    signal = signal_number(name);
    at = is_apart ? 3 : 2;
    if (signal < 0) {
      complain("kill: bad signal: %s", name);
      return 2;
    }
  }
  if (at < argc && strcmp(argv[at], "--") == 0) at++;
  if (at >= argc) {
    complain("usage: kill [-s signal | -signal] pid ... or kill -l");
    return 2;
  }
  for (; at < argc; at++) {
    int one = send(argv[at], signal);
    if (one != 0) status = one;
  }
  return status;
}
