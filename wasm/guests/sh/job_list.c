// How jobs are named and shown.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "jobs.h"
#include "traps.h"

static struct job *previous(void) {
  const struct job *current = job_current();
  struct job *found = NULL;
  for (struct job *job = jobs_all(); job != NULL; job = job->next) {
    if (job == current || !job->is_background || job->level != shell.level) continue;
    if (found == NULL || (job_state(job) == process_stopped && job_state(found) != process_stopped)) found = job;
  }
  return found;
}

static struct job *find_by_text(const char *text, bool anywhere) {
  for (struct job *job = jobs_all(); job != NULL; job = job->next) {
    if (!job->is_background || job->level != shell.level) continue;
    const char *found = strstr(text_end(&job->text), text);
    if (found != NULL && (anywhere || found == job->text.bytes)) return job;
  }
  return NULL;
}

static struct job *find_by_number(int number) {
  for (struct job *job = jobs_all(); job != NULL; job = job->next) {
    if (job->number == number && job->is_background && job->level == shell.level) return job;
  }
  return NULL;
}

static struct job *find_by_pid(int pid) {
  for (struct job *job = jobs_all(); job != NULL; job = job->next) {
    if (job->level == shell.level && job->count > 0 && job->processes[job->count - 1].pid == pid) return job;
  }
  return NULL;
}

struct job *job_find(const char *name) {
  if (name[0] != '%') {
    char *end;
    long pid = strtol(name, &end, 10);
    return end == name || *end != '\0' ? NULL : find_by_pid((int)pid);
  }
  if (name[1] == '\0' || strcmp(name, "%%") == 0 || strcmp(name, "%+") == 0) return job_current();
  if (strcmp(name, "%-") == 0) return previous();
  if (name[1] >= '0' && name[1] <= '9') return find_by_number(atoi(name + 1));
  return name[1] == '?' ? find_by_text(name + 2, true) : find_by_text(name + 1, false);
}

static const char *words_of(const struct job *job, struct text *room) {
  const struct process *last = &job->processes[job->count - 1];
  enum process_state state = job_state(job);
  if (state == process_running) return "Running";
  if (last->signal != 0) return signal_words(last->signal);
  if (last->status == 0) return "Done";
  text_string(room, "Done(");
  text_number(room, last->status);
  text_put(room, ')');
  return text_end(room);
}

void job_print(const struct job *job, char how) {
  if (how == 'p') {
    out_format("%d\n", job->group > 0 ? job->group : job->processes[0].pid);
    return;
  }
  struct text room = {0};
  char mark = job == job_current() ? '+' : job == previous() ? '-' : ' ';
  out_format("[%d] %c ", job->number, mark);
  if (how == 'l') out_format("%d ", job->processes[0].pid);
  out_format("%-26s %s\n", words_of(job, &room), text_end((struct text *)&job->text));
  text_free(&room);
}

void jobs_report(void) {
  while (jobs_reap(false) > 0) continue;
  struct job *next;
  for (struct job *job = jobs_all(); job != NULL; job = next) {
    next = job->next;
    if (!job->is_background || !job->has_news) continue;
    job->has_news = false;
    if (shell.options[option_interactive]) job_print(job, 0);
    if (job_state(job) == process_ended && shell.options[option_interactive]) job_forget(job);
  }
  output_flush();
}
