// A subshell within this process. `( )`, `$( )` and the last command of a pipeline change nothing of the shell around them; since there is no
// fork, what they change is noted and undone. Only what has to run beside the shell is a process (child.c).
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "files.h"
#include "jobs.h"
#include "run.h"
#include "traps.h"
#include "variables.h"

void subshell_enter(struct subshell *subshell) {
  subshell->before = shell;
  subshell->directory = memory_copy(shell.directory);
  subshell->entries = entries_mark();
  subshell->locals = locals_mark();
  files_save(&subshell->before.files);
  shell.arguments->references++;
  shell.level++;
  shell.options[option_interactive] = shell.options[option_monitor] = false;
  traps_reset();
}

static void restore_directory(struct subshell *subshell) {
  if (strcmp(shell.directory, subshell->directory) != 0) system_change_directory(subshell->directory);
  free(shell.directory);
}

// What is started in it and not ended is nobody's afterwards.
static void leave_jobs(void) {
  struct job *next;
  for (struct job *job = jobs_all(); job != NULL; job = next) {
    next = job->next;
    if (job->level >= shell.level) job_forget(job);
  }
}

void subshell_leave(struct subshell *subshell) {
  if (shell.unwind != unwind_interrupt) trap_exit();
  leave_jobs();
  restore_directory(subshell);
  entries_restore(subshell->entries);
  const struct shell inner = shell;
  locals_forget(subshell->locals);
  arguments_release(shell.arguments);
  if (shell.mask != subshell->before.mask) system_umask(subshell->before.mask);
  struct files files = subshell->before.files;
  files_restore(&files);
  shell = subshell->before;
  shell.directory = subshell->directory;
  shell.traps = inner.traps;
  shell.is_signalled = inner.is_signalled;
  traps_leave(&subshell->before.traps);
  shell.environment_is_old = inner.environment_is_old;
  shell.status = inner.status & 255;
  // Its end is not the end of what is around; ^C is.
  if (inner.unwind == unwind_interrupt) shell.unwind = unwind_interrupt;
}

OWN_FRAME int run_subshell(struct node *node, int flags) {
  if (shell.options[option_monitor]) {
    // To be stopped and continued as one.
    struct job *job = job_make(node);
    if (job_spawn_shell(job, node) < 0) return 2;
    return job_wait(job);
  }
  struct subshell subshell;
  int status = 2;
  subshell_enter(&subshell);
  if (redirect(node->redirections)) status = run(node->first, shell.traps.actions[0] == NULL ? flags : 0);
  if (shell.unwind == unwind_none) shell.status = status;
  subshell_leave(&subshell);
  return shell.status;
}

OWN_FRAME void substitute(struct node *command, struct text *gathered) {
  struct subshell subshell;
  if (command == NULL) {
    shell.substituted = 0;
    return;
  }
  int descriptor = capture_begin();
  if (descriptor < 0) return;
  int suspended = tested_suspend(), status = shell.status;
  subshell_enter(&subshell);
  files_put(1, descriptor);
  run(command, 0);
  subshell_leave(&subshell);
  tested_resume(suspended);
  capture_end(gathered);
  shell.substituted = shell.status;
  shell.status = status; // $? is of the command before until the whole one has run
}
