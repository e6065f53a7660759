/* Experiments on Slurm: an array of jobs for each stage, after what it builds on, and the page after all. */
#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/escape.h"
#include "study/experiment_launch.h"

enum {
  ARRAY_MOST = 1000, /* jobs of an array: what Slurm takes as it is delivered */
  WARNED = 120,      /* s before the limit */
  SHORTEST = 10,     /* min */
  ID = 32,
  WORDS = WORDS_MOST + 16 /* of a job; of a command */
};

extern char **environ;

/* Jobs that are submitted together. */
typedef struct batch {
  char id[ID];
  const char *stage;
  int first, count; /* of them in `order` */
} batch;

typedef struct slurm {
  const experiment_launch *launch;
  const experiment_slurm *how;
  const job_list *list;
  int *level; /* (count) how many jobs before it are to be done one after the other; -1: it is done */
  int *of;    /* (count) the batch it is in, -1: none yet */
  int *order; /* (count) the jobs, batch by batch */
  batch *batches;
  int n_batches, n_ordered;
} slurm;

/* ---- order ---- */

static bool same_place(const job *a, const job *b) {
  return a->place && b->place && strcmp(a->place, b->place) == 0;
}

/* Jobs that write into one folder follow each other, so that none waits for another while it holds a processor. */
static void find_levels(const slurm *s) {
  for (int i = 0; i < s->list->count; i++) {
    const job *j = &s->list->jobs[i];
    s->level[i] = j->state == JOB_DONE ? -1 : 0;
    for (int k = 0; k < j->n_after && s->level[i] >= 0; k++)
      if (s->level[j->after[k]] >= s->level[i]) s->level[i] = s->level[j->after[k]] + 1;
    for (int k = 0; k < i && s->level[i] >= 0; k++)
      if (same_place(j, &s->list->jobs[k]) && s->level[k] >= s->level[i]) s->level[i] = s->level[k] + 1;
  }
}

/* Puts the jobs of one level and stage into batches. */
static void fill_batches(slurm *s, int level, const char *stage) {
  batch *b = NULL;
  for (int i = 0; i < s->list->count; i++) {
    if (s->level[i] != level || strcmp(s->list->jobs[i].words[0], stage) != 0) continue;
    if (!b || b->count == ARRAY_MOST) {
      b = &s->batches[s->n_batches++];
      *b = (batch){.stage = stage, .first = s->n_ordered};
    }
    s->of[i] = s->n_batches - 1;
    s->order[s->n_ordered++] = i;
    b->count++;
  }
}

/* The page, the last job, is a batch of its own. */
static void make_batches(slurm *s) {
  const int last = s->list->count - 1;
  int levels = 0;
  for (int i = 0; i < last; i++)
    if (s->level[i] >= levels) levels = s->level[i] + 1;
  s->level[last] = levels;
  for (int level = 0; level < levels; level++)
    for (int stage = 0; stage < STAGES; stage++) fill_batches(s, level, experiment_stage_name((experiment_stage)stage));
  fill_batches(s, levels, s->list->jobs[last].words[0]);
}

/* ---- one array ---- */

static void add_names(const slurm *s, const batch *b, text *out) {
  char name[RUN_PATH];
  text_add(out, "jobs=(\n");
  for (int i = 0; i < b->count; i++) {
    experiment_job_name(name, sizeof name, &s->list->jobs[s->order[b->first + i]]);
    text_add_shell(out, name);
    text_add(out, "\n");
  }
  text_add(out, ")\n");
}

static void add_command(const slurm *s, text *out) {
  char program[RUN_PATH];
  const ssize_t length = s->list->program ? 0 : readlink("/proc/self/exe", program, sizeof program - 1);
  program[length > 0 ? length : 0] = '\0';
  text_add_shell(out, s->list->program ? s->list->program : length > 0 ? program : "duro");
  text_add(out, " experiment ");
  text_add_shell(out, s->launch->e->path);
  if (s->launch->only) text_add(out, " --only "), text_add_shell(out, s->launch->only);
  text_add(out, " --out ");
  text_add_shell(out, s->launch->folder);
  text_add(out, " --patience %lld --quiet --job \"${jobs[$SLURM_ARRAY_TASK_ID]}\"", (long long)s->launch->patience);
}

/* Slurm keeps a copy of the script. The warning makes a checkpoint, and the job is put back into the queue; a job that
 * is cancelled, or has to make room, hears TERM and is put back by nobody, or by Slurm. */
static duro_status write_script(const slurm *s, const batch *b, const char *path) {
  text script = {0};
  text_add(&script, "#!/bin/bash\n# An array of jobs of duro experiment; --launcher slurm makes it.\n");
  add_names(s, b, &script);
  text_add(&script, "warned=''\nchild=''\n"
                    "hear() { [[ -z $child ]] || kill -\"$1\" \"$child\" 2>/dev/null; }\n"
                    "trap 'warned=yes; hear USR1' USR1\ntrap 'hear TERM' TERM\n");
  add_command(s, &script);
  text_add(&script, " &\nchild=$!\n[[ -z $warned ]] || hear USR1\n"
                    "until wait \"$child\"; ! kill -0 \"$child\" 2>/dev/null; do :; done\n" // a signal ends wait
                    "wait \"$child\"\nstatus=$?\n"
                    "if [[ $warned == yes && $status == 130 && ${SLURM_RESTART_COUNT:-0} -lt 200 ]]; then\n"
                    "  scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\n"
                    "fi\nexit \"$status\"\n");
  const duro_status status = text_save(&script, path);
  text_release(&script);
  return status;
}

/* Twice what the slowest of the array is expected to take, in minutes; 0: nothing is known. */
static int find_minutes(const slurm *s, const batch *b) {
  double longest = 0;
  for (int i = 0; i < b->count; i++) {
    const double seconds = job_expected_seconds(s->list, &s->list->jobs[s->order[b->first + i]]);
    if (isnan(seconds)) return 0;
    longest = fmax(longest, seconds);
  }
  return (int)fmax(SHORTEST, ceil((2 * longest + WARNED) / 60));
}

/* afterany: what failed is known to the jobs themselves, and what does not build on it goes on. */
static void add_dependency(const slurm *s, const batch *b, text *out) {
  for (int k = 0; k < (int)(b - s->batches); k++) {
    bool needed = false;
    for (int i = 0; i < b->count && !needed; i++) {
      const job *j = &s->list->jobs[s->order[b->first + i]];
      for (int a = 0; a < j->n_after; a++) needed = needed || s->of[j->after[a]] == k;
      for (int o = 0; o < s->batches[k].count && !needed; o++)
        needed = same_place(j, &s->list->jobs[s->order[s->batches[k].first + o]]);
    }
    if (needed) text_add(out, "%s:%s", out->length ? "" : "--dependency=afterany", s->batches[k].id);
  }
}

/* Runs a program; the first line that it prints, and its exit status, -1 where it cannot be run. */
static int run_program(char *line, size_t size, const char *const *words) {
  posix_spawn_file_actions_t actions;
  int ends[2], ended = -1;
  pid_t child;
  size_t used = 0;
  line[0] = '\0';
  if (pipe(ends)) return -1;
  if (posix_spawn_file_actions_init(&actions)) return close(ends[0]), close(ends[1]), -1;
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  const int reason = posix_spawnp(&child, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  for (ssize_t n = 1; !reason && n > 0 && used<size - 1; used += n> 0 ? (size_t)n : 0)
    n = read(ends[0], line + used, size - 1 - used);
  close(ends[0]);
  line[used] = '\0';
  line[strcspn(line, "\n")] = '\0';
  if (reason || waitpid(child, &ended, 0) != child) return errno = reason, -1;
  return WIFEXITED(ended) ? WEXITSTATUS(ended) : 1;
}

/* What sbatch said of it. */
static duro_status judge(batch *b, int ended) {
  b->id[strcspn(b->id, ";")] = '\0'; // "42;cluster"
  if (ended < 0) return duro_fail(DURO_ERROR_MISSING, "sbatch cannot be run: %s", strerror(errno));
  if (ended || !b->id[0]) return duro_fail(DURO_ERROR_FILE, "sbatch ended with status %d", ended);
  return DURO_OK;
}

static duro_status submit(const slurm *s, batch *b) {
  const experiment_launch *l = s->launch;
  const experiment_slurm *h = s->how;
  const char *stage = b == &s->batches[s->n_batches - 1] ? "page" : b->stage;
  char script[RUN_PATH], output[RUN_PATH + 32], array[64], name[64], limit[64], signal[32];
  word_list given = {0};
  text after = {0}, room = {0};
  run_path(script, l->folder, "jobs/slurm.sh");
  snprintf(name, sizeof name, "--job-name=duro-%s", stage);
  snprintf(output, sizeof output, "--output=%s/jobs/slurm-%%A_%%a.out", l->folder);
  snprintf(signal, sizeof signal, "--signal=B:USR1@%d", WARNED);
  snprintf(array, sizeof array, h->side_by_side ? "--array=0-%d%%%d" : "--array=0-%d", b->count - 1,
           (int)h->side_by_side);
  const int minutes = find_minutes(s, b);
  if (minutes) snprintf(limit, sizeof limit, "--time=%d", minutes);
  if (!minutes && h->time) snprintf(limit, sizeof limit, "--time=%s", h->time);
  add_dependency(s, b, &after);
  duro_status status = text_status(&after);
  if (!status) status = words_divided(&given, &room, h->given, "what is handed on to sbatch");
  const char *words[WORDS] = {
      "sbatch", "--parsable", "--requeue", "--ntasks=1", "--cpus-per-task=1", "--open-mode=append",
      name,     array,        output,      signal};
  int count = 10;
  if (minutes || h->time) words[count++] = limit;
  if (after.length) words[count++] = after.bytes;
  for (int i = 0; i < given.count; i++) words[count++] = given.word[i]; // behind all of duro's: the last word
  words[count++] = script;
  if (!status) status = write_script(s, b, script);
  if (!status) status = judge(b, run_program(b->id, sizeof b->id, words));
  text_release(&after);
  text_release(&room);
  unlink(script);
  if (!status && h->submitted)
    h->submitted(h->context, b->id, stage, b->count, minutes || h->time ? limit + strlen("--") : NULL);
  return status;
}

static void cancel(const slurm *s, int count) {
  char line[256];
  for (int i = 0; i < count; i++)
    (void)run_program(line, sizeof line, (const char *const[]){"scancel", s->batches[i].id, NULL});
}

static duro_status submit_all(slurm *s) {
  find_levels(s);
  make_batches(s);
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < s->n_batches; i++)
    if ((status = submit(s, &s->batches[i]))) cancel(s, i);
  return status;
}

duro_status experiment_submit(int *jobs, const experiment_launch *launch, const experiment_slurm *how) {
  char folder[RUN_PATH];
  run_path(folder, launch->folder, "jobs");
  duro_status status = experiment_join(launch);
  if (!status) status = duro_folder_create(folder);
  if (status) return status;
  const size_t count = (size_t)launch->plan->list.count;
  slurm s = {.launch = launch, .how = how, .list = &launch->plan->list};
  int *numbers = duro_allocate(3 * count * sizeof *numbers);
  s.batches = duro_allocate(count * sizeof *s.batches);
  if (numbers && s.batches) {
    s.level = numbers, s.of = numbers + count, s.order = numbers + 2 * count;
    for (size_t i = 0; i < count; i++) s.of[i] = -1;
    status = submit_all(&s);
  } else {
    status = DURO_ERROR_MEMORY;
  }
  *jobs = s.n_ordered - 1;
  duro_release(s.batches);
  duro_release(numbers);
  return status;
}
