// Pipelines and the background: POSIX 2.9.2, 2.9.3. Programs are started as they are. A builtin between others runs here, and what it writes is
// handed on; the last command runs here in a subshell, as `( )` does. Everything else has to run beside the shell, and is a process.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "expand.h"
#include "files.h"
#include "jobs.h"
#include "run.h"
#include "traps.h"
#include "variables.h"

struct stage {
  struct job *job;
  struct node *node;
  bool is_last;
  bool may_run_here;
  bool ran_here; // with `status`
  int status;
};

static struct word *quoted_words(const struct fields *fields) {
  struct word *first = NULL, **end = &first;
  for (int index = 0; index < fields->count; index++) {
    struct part *part = region_get(&scratch, sizeof *part);
    *part = (struct part){.kind = part_quoted, .quoted = true, .text = fields->values[index]};
    *end = region_get(&scratch, sizeof **end);
    (*end)->parts = part;
    end = &(*end)->next;
  }
  return first;
}

// Its words are expanded already, and are not once more.
static void start_expanded(struct stage *stage, const struct fields *words) {
  struct node node = *stage->node;
  node.words = quoted_words(words);
  if (job_spawn_shell(stage->job, &node) < 0) stage->status = 2;
}

static void start_program(struct stage *stage, struct fields *words, const struct command *command) {
  if (!redirect(stage->node->redirections)) {
    stage->ran_here = true;
    stage->status = 2;
    return;
  }
  if (!set_assignments(stage->node->assignments, flag_export, false)) {
    stage->ran_here = true;
    stage->status = shell.status;
    return;
  }
  trace_words(NULL, words->values);
  int pid = start_external(stage->job, command->path, words->values);
  if (pid > 0) return;
  stage->ran_here = true;
  stage->status = -pid;
}

// The shell itself does not end when nobody reads.
static void write_to_pipe(const struct text *gathered, int pipe) {
  if (gathered->size == 0) return;
  if (gathered->size > 4096) {
    writer_start(gathered->bytes, gathered->size, pipe);
    return;
  }
  int mode = system_signal_mode(signal_pipe, CORACLE_SIGNAL_IGNORE);
  file_write(1, gathered->bytes, gathered->size);
  if (mode >= 0) system_signal_mode(signal_pipe, mode);
}

// What a builtin wrote is put into the pipe afterwards: nobody may be reading yet.
OWN_FRAME static void run_builtin_here(struct stage *stage, struct fields *words, const struct command *command) {
  int pipe = shell.files.of[1];
  struct text gathered = {0};
  struct files before;
  stage->ran_here = true;
  int descriptor = stage->is_last ? -1 : capture_begin();
  if (descriptor >= 0) {
    files_save(&before);
    files_put(1, descriptor);
  }
  stage->status = run_words(stage->node, words, command, 0);
  if (shell.unwind == unwind_exit || shell.unwind == unwind_error) stage->status = shell.status;
  if (descriptor < 0) return;
  files_restore(&before);
  capture_end(&gathered);
  write_to_pipe(&gathered, pipe);
  text_free(&gathered);
}

static void start_simple(struct stage *stage) {
  struct fields words = {0};
  shell.substituted = -1;
  shell.line = stage->node->line;
  expand_command_words(stage->node, &words);
  if (shell.unwind != unwind_none) {
    stage->ran_here = true;
    stage->status = shell.status;
    return;
  }
  struct command command = {.kind = command_missing};
  if (words.count > 0) command = command_find(words.values[0], 0);
  bool is_builtin = command.kind == command_builtin || command.kind == command_special;
  bool runs_others = command.kind == command_function || (is_builtin && (command.builtin->flags & builtin_runs) != 0);
  if (command.kind == command_external) {
    start_program(stage, &words, &command);
  } else if (is_builtin && !runs_others) {
    run_builtin_here(stage, &words, &command);
  } else if (runs_others && !(stage->is_last && stage->may_run_here)) {
    start_expanded(stage, &words);
  } else {
    stage->ran_here = true;
    if (words.count > 0) stage->status = run_words(stage->node, &words, &command, 0);
    else stage->status = run(stage->node, 0);
  }
}

static void start_stage(struct stage *stage) {
  struct subshell subshell;
  bool is_simple = stage->node->kind == node_simple;
  if (!is_simple && !(stage->is_last && stage->may_run_here)) {
    if (job_spawn_shell(stage->job, stage->node) < 0) stage->status = 2;
    return;
  }
  // A process of a job is one of the shell's group, not of a subshell's.
  bool is_monitored = shell.options[option_monitor];
  subshell_enter(&subshell);
  shell.options[option_monitor] = is_monitored;
  if (is_simple) {
    start_simple(stage);
  } else {
    stage->ran_here = true;
    shell.options[option_monitor] = false;
    run(stage->node, 0);
    stage->status = shell.status;
  }
  if (stage->ran_here && shell.unwind == unwind_none) shell.status = stage->status;
  subshell_leave(&subshell);
  if (stage->ran_here) stage->status = shell.status;
}

// Connects a stage's standard output with a pipe; the other end comes back.
static int open_pipe(void) {
  int ends[2];
  int failure = system_pipe(ends);
  if (failure < 0) {
    fail("cannot make a pipe: %s", error_text(failure));
    return -1;
  }
  files_put(1, ends[1]);
  return ends[0];
}

static int pipeline_status(struct job *job, const struct stage *last, int failed_before) {
  int status = 0;
  if (job->count > 0) status = job_wait(job);
  else captures_gather(false);
  if (!last->ran_here) return status != 0 || !shell.options[option_pipefail] ? status : failed_before;
  if (!shell.options[option_pipefail] || last->status != 0) return last->status;
  return status != 0 ? status : failed_before;
}

OWN_FRAME int run_pipeline(struct node *node) {
  struct job *job = job_make(node);
  struct stage stage = {0};
  int reader = -1, failed_before = 0;
  bool is_empty;
  for (struct node *each = node->first; each != NULL && shell.unwind == unwind_none; each = each->next) {
    struct files before;
    // A process of this pipeline that writes to what is gathered must not wait for who gathers.
    bool is_last = each->next == NULL;
    stage = (struct stage){.job = job, .node = each, .is_last = is_last};
    stage.may_run_here = !shell.options[option_monitor] && (job->count == 0 || !uses_capture(1));
    files_save(&before);
    if (reader >= 0) files_put(0, reader);
    reader = is_last ? -1 : open_pipe();
    if (shell.unwind == unwind_none) start_stage(&stage);
    files_restore(&before);
    if (stage.ran_here && stage.status != 0 && !is_last) failed_before = stage.status;
  }
  if (reader >= 0) close(reader);
  is_empty = job->count == 0;
  int status = pipeline_status(job, &stage, failed_before);
  if (is_empty) job_forget(job);
  return status;
}

static void silence_input(void) {
  if (shell.options[option_monitor]) return;
  files_put(0, system_open("/dev/null", O_RDONLY, 0));
}

OWN_FRAME static void start_simple_background(struct stage *stage) {
  struct subshell subshell;
  struct fields words = {0};
  bool is_monitored = shell.options[option_monitor];
  subshell_enter(&subshell);
  shell.options[option_monitor] = is_monitored;
  expand_command_words(stage->node, &words);
  struct command command = {.kind = command_missing};
  if (words.count > 0 && shell.unwind == unwind_none) command = command_find(words.values[0], 0);
  if (command.kind == command_external) start_program(stage, &words, &command);
  else if (shell.unwind == unwind_none) start_expanded(stage, &words);
  subshell_leave(&subshell);
}

OWN_FRAME static void tell_started(const struct job *job) {
  struct text line = {0};
  text_put(&line, '[');
  text_number(&line, job->number);
  text_string(&line, "] ");
  text_number(&line, shell.last_background);
  text_put(&line, '\n');
  file_write(2, line.bytes, line.size);
  text_free(&line);
}

OWN_FRAME int run_background(struct node *node) {
  struct job *job = job_make(node);
  struct stage stage = {.job = job, .node = node};
  struct files before;
  job->is_background = true;
  files_save(&before);
  silence_input();
  if (node->kind == node_simple) start_simple_background(&stage);
  else job_spawn_shell(job, node);
  files_restore(&before);
  captures_gather(true);
  if (job->count == 0) {
    job_forget(job);
    return 0;
  }
  job_to_background(job);
  shell.last_background = job->processes[job->count - 1].pid;
  if (shell.options[option_interactive]) tell_started(job);
  return 0;
}
