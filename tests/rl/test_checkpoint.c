/* Checkpoints that say something else than a training wrote, with a right checksum: each tensor and each note of one is
 * left out and changed, and what does not fit is refused by name. */
#include "learner_test.h"

#include "duro/io.h"
#include "duro/train.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TENSORS = 128, NOTES = 256 };

static char folder[] = "/tmp/duro-checkpoint-XXXXXX", whole[64], other[64];
static duro_env *env;
static duro_train_settings train;
static duro_learn_settings learning;

static duro_trainer *make(void) {
  duro_trainer *t;
  assert_int_equal(duro_trainer_create(&t, env, "DRAC", &train, &learning), DURO_OK);
  return t;
}

static int set_up(void **unused) {
  (void)unused;
  assert_non_null(mkdtemp(folder));
  snprintf(whole, sizeof whole, "%s/whole", folder);
  snprintf(other, sizeof other, "%s/other", folder);
  env = make_env("pendulum");
  default_settings(&train, &learning);
  train.steps = 16 * 60, train.warmup = 16 * 30, train.replay = 700, train.threads = 1;
  snprintf(learning.normalize, sizeof learning.normalize, "auto");
  duro_trainer *t = make();
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_save(t, whole), DURO_OK);
  assert_int_equal(duro_trainer_checkpoint(t, folder, false), DURO_OK);
  duro_trainer_destroy(t);
  return 0;
}

static int tear_down(void **unused) {
  (void)unused;
  char path[512];
  DIR *d = opendir(folder);
  for (const struct dirent *e; d && (e = readdir(d));) {
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    unlink(path);
  }
  if (d) closedir(d);
  duro_env_destroy(env);
  return rmdir(folder);
}

/* all that a file holds, for a test to change */
static struct {
  duro_tensor_file *file;
  duro_tensor tensor[TENSORS];
  duro_note note[NOTES];
  int tensors, notes;
} F;

static void open_file(const char *path) {
  if (duro_tensors_open(&F.file, path)) fail_msg("%s", duro_error());
  F.tensors = duro_tensors_count(F.file);
  assert_true(F.tensors <= TENSORS);
  for (int i = 0; i < F.tensors; i++) F.tensor[i] = *duro_tensors_at(F.file, i);
  const char *key, *text;
  for (F.notes = 0; (key = duro_tensors_note_at(F.file, F.notes, &text)); F.notes++) {
    assert_true(F.notes < NOTES);
    F.note[F.notes] = (duro_note){key, text};
  }
}

static void write_other(void) {
  assert_int_equal(duro_tensors_save(other, F.tensor, F.tensors, F.note, F.notes), DURO_OK);
}

static void refuse(duro_trainer *t, const char *path, duro_status wanted, const char *named) {
  if (duro_trainer_resume(t, path, 0.0, NULL) != wanted) fail_msg("not refused as %d: %s", (int)wanted, named);
  if (!strstr(duro_error(), named)) fail_msg("\"%s\" does not name \"%s\"", duro_error(), named);
  assert_null(strchr(duro_error(), '\n'));
}

static void test_tensors(void **unused) {
  (void)unused;
  static double room[1 << 16];
  duro_trainer *t = make();
  open_file(whole);
  assert_true(F.tensors > 40);
  for (int i = 0; i < F.tensors; i++) {
    const duro_tensor own = F.tensor[i], last = F.tensor[F.tensors - 1];
    char named[128];
    snprintf(named, sizeof named, "\"%s\"", own.name);
    if (strcmp(own.name, "replay") == 0) snprintf(named, sizeof named, "\"replay"); // then it looks for its blocks
    F.tensor[i] = last, F.tensors--;                                                // left out
    write_other();
    refuse(t, other, DURO_ERROR_FORMAT, named);
    F.tensor[i] = own, F.tensors++, F.tensor[F.tensors - 1] = i == F.tensors - 1 ? own : last;
    assert_true(duro_tensor_bytes(&own) + 64 < sizeof room);
    F.tensor[i].data = room; // longer
    F.tensor[i].shape[0]++;
    write_other();
    refuse(t, other, DURO_ERROR_FORMAT, named);
    F.tensor[i] = own; // as many bytes of another kind
    F.tensor[i].type = DURO_U8, F.tensor[i].rank = 1, F.tensor[i].shape[0] = (int64_t)duro_tensor_bytes(&own);
    if (own.type == DURO_U8) F.tensor[i].type = DURO_F32, F.tensor[i].shape[0] /= 4;
    write_other();
    refuse(t, other, DURO_ERROR_FORMAT, named);
    F.tensor[i] = own;
  }
  duro_tensors_close(F.file);
  duro_trainer_destroy(t);
}

/* what may be another without a change of any bit, or says how far training came */
static bool is_free(const char *key) {
  static const char *const all[] = {"train.steps",
                                    "train.threads",
                                    "train.simd",
                                    "train.checkpoint_every",
                                    "format",
                                    "program",
                                    "step",
                                    "update",
                                    "seed",
                                    "width",
                                    "layers",
                                    "margin",
                                    "lambda_max",
                                    "filter_corners",
                                    "filter_greedy",
                                    "h_unit",
                                    "train.checkpoint_seconds"};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp(key, all[i]) == 0) return true;
  return false;
}

static void test_notes(void **unused) {
  (void)unused;
  int held = 0, later = 0;
  open_file(whole);
  assert_true(F.notes > 60);
  for (int i = 0; i < F.notes; i++) {
    const duro_note own = F.note[i], last = F.note[F.notes - 1];
    if (is_free(own.key)) continue;
    duro_trainer *t = make();
    held++;
    F.note[i].text = "another";
    write_other();
    refuse(t, other, DURO_ERROR_ARGUMENT, own.key);
    F.note[i].text = "";
    write_other();
    if (own.text[0]) refuse(t, other, DURO_ERROR_ARGUMENT, own.key);
    F.note[i] = last, F.notes--; // left out: a setting of later programs, as the plain algorithms have it, or refused
    write_other();
    const duro_status status = duro_trainer_resume(t, other, 0.0, NULL);
    later += status == DURO_OK;
    if (status && !strstr(duro_error(), own.key)) fail_msg("\"%s\" does not name %s", duro_error(), own.key);
    assert_true(status == DURO_OK || status == DURO_ERROR_FORMAT);
    assert_true(status == DURO_ERROR_FORMAT || strchr(own.key, '.')); // settings alone
    F.notes++, F.note[F.notes - 1] = last, F.note[i] = own;
    duro_trainer_destroy(t);
  }
  assert_true(held > 50 && later > 10 && later < held);
  duro_tensors_close(F.file);
}

/* the first numbers of the counters: steps and updates made; the last: transitions ever added */
static void test_counters(void **unused) {
  (void)unused;
  open_file(whole);
  int at = 0;
  while (strcmp(F.tensor[at].name, "counters") != 0) at++;
  counters c;
  assert_int_equal(duro_tensor_bytes(&F.tensor[at]), sizeof c);
  const counters right = *(const counters *)F.tensor[at].data;
  assert_int_equal(right.step, 16 * 60);
  F.tensor[at].data = &c;
  duro_trainer *t = make();
  for (int i = 0; i < 5; i++) {
    c = right;
    if (i == 0) c.step = -1;
    if (i == 1) c.update = INT64_MIN;
    if (i == 2) c.replayed = -5;
    if (i == 3) c.step = train.steps + train.envs;
    if (i == 4) c.step = INT64_MAX;
    write_other();
    refuse(t, other, i < 3 ? DURO_ERROR_FORMAT : DURO_ERROR_ARGUMENT, i < 3 ? "a counter is negative" : "train.steps");
  }
  duro_trainer_destroy(t);
  duro_tensors_close(F.file);
}

static int64_t step_of(const char *name) {
  return strncmp(name, "step-", 5) == 0 ? strtoll(name + 5, NULL, 10) : -1;
}

/* the replay beside the checkpoint: its tail, and its blocks */
static void test_blocks(void **unused) {
  (void)unused;
  char path[512], block[512] = "", checkpoint[512] = "";
  DIR *d = opendir(folder);
  assert_non_null(d);
  for (const struct dirent *e; (e = readdir(d));) {
    if (strncmp(e->d_name, "replay-", 7) == 0) snprintf(block, sizeof block, "%s/%s", folder, e->d_name);
    if (step_of(e->d_name) > 0) snprintf(checkpoint, sizeof checkpoint, "%s/%s", folder, e->d_name);
  }
  closedir(d);
  assert_true(block[0] && checkpoint[0]);
  duro_trainer *t = make();
  duro_resume_info info;
  assert_int_equal(duro_trainer_resume(t, folder, 0.0, &info), DURO_OK);
  assert_int_equal(info.step, 16 * 60);

  open_file(block);
  assert_int_equal(F.tensors, 1);
  const duro_tensor own = F.tensor[0];
  for (int i = 0; i < 5; i++) {
    F.tensor[0] = own;
    if (i == 0) F.tensor[0].name = "another";
    if (i == 1) F.tensor[0].type = DURO_F64, F.tensor[0].shape[0] /= 2;
    if (i == 2) F.tensor[0].rank = 1, F.tensor[0].shape[0] *= F.tensor[0].shape[1];
    if (i == 3) F.tensor[0].shape[0]--;
    if (i == 4) F.tensor[0].shape[1]--;
    assert_int_equal(duro_tensors_save(block, F.tensor, 1, F.note, F.notes), DURO_OK);
    refuse(t, folder, DURO_ERROR_FORMAT, "transitions of this training");
  }
  assert_int_equal(unlink(block), 0);
  refuse(t, folder, DURO_ERROR_FILE, block);
  F.tensor[0] = own;
  assert_int_equal(duro_tensors_save(block, F.tensor, 1, F.note, F.notes), DURO_OK);
  assert_int_equal(duro_trainer_resume(t, folder, 0.0, &info), DURO_OK);
  duro_tensors_close(F.file);

  // by its own name, from within the folder
  char *before = getcwd(NULL, 0);
  assert_non_null(before);
  assert_int_equal(chdir(folder), 0);
  assert_int_equal(duro_trainer_resume(t, strrchr(checkpoint, '/') + 1, 0.0, &info), DURO_OK);
  assert_int_equal(chdir("/"), 0);
  assert_int_equal(duro_trainer_resume(t, checkpoint + 1, 0.0, &info), DURO_OK);
  assert_int_equal(chdir(before), 0);
  free(before);

  // and what names it
  snprintf(path, sizeof path, "%s/latest", folder);
  static const char *const names[] = {"", "\n", "../whole", "/tmp"};
  for (int i = 0; i < 4; i++) {
    assert_int_equal(duro_file_write(path, names[i], strlen(names[i])), DURO_OK);
    refuse(t, folder, DURO_ERROR_FORMAT, "does not name a checkpoint");
  }
  assert_int_equal(duro_file_write(path, "gone", 4), DURO_OK);
  refuse(t, folder, DURO_ERROR_FILE, "gone");
  char longer[5000];
  memset(longer, 'x', sizeof longer);
  assert_int_equal(duro_file_write(path, longer, sizeof longer), DURO_OK);
  refuse(t, folder, DURO_ERROR_ARGUMENT, "too long");
  longer[4999] = 0;
  assert_int_equal(duro_trainer_checkpoint(t, longer, false), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_trainer_resume(t, longer, 0, NULL), DURO_ERROR_FILE);
  duro_trainer_destroy(t);
}

/* Fine-tuning takes networks and their slow copies, and the scales; each has to be there and of its shape. */
static void test_start(void **unused) {
  (void)unused;
  static double room[1 << 14];
  open_file(whole);
  duro_trainer *t = make();
  assert_int_equal(duro_trainer_start_from(t, whole), DURO_OK);
  int needed = 0;
  for (int i = 0; i < F.tensors; i++) {
    const duro_tensor own = F.tensor[i];
    bool is =
        strcmp(own.name, "obs_shift") == 0 || strcmp(own.name, "obs_scale") == 0 || strcmp(own.name, "factors") == 0;
    for (int r = 0; r < ROLE_COUNT; r++) is = is || strcmp(own.name, roles[r].name) == 0;
    if (!is) continue;
    needed++;
    F.tensor[i].data = room, F.tensor[i].shape[0]++;
    assert_true(duro_tensor_bytes(&F.tensor[i]) <= sizeof room);
    write_other();
    assert_int_equal(duro_trainer_start_from(t, other), DURO_ERROR_FORMAT);
    if (!strstr(duro_error(), own.name)) fail_msg("%s", duro_error());
    F.tensor[i] = own;
  }
  assert_true(needed >= 3 + 5);
  static const char *const keys[] = {"algorithm", "no", "width", "pi.inputs"};
  for (int k = 0; k < 4; k++)
    for (int i = 0; i < F.notes; i++) {
      if (strcmp(F.note[i].key, keys[k]) != 0) continue;
      const duro_note own = F.note[i];
      F.note[i].text = "7";
      write_other();
      assert_int_equal(duro_trainer_start_from(t, other), DURO_ERROR_ARGUMENT);
      if (!strstr(duro_error(), keys[k])) fail_msg("%s", duro_error());
      F.note[i] = own;
    }
  assert_int_equal(duro_trainer_start_from(t, "/nonexistent"), DURO_ERROR_FILE);
  duro_trainer_destroy(t);
  duro_tensors_close(F.file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tensors), cmocka_unit_test(test_notes),  cmocka_unit_test(test_counters),
      cmocka_unit_test(test_start),   cmocka_unit_test(test_blocks),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
