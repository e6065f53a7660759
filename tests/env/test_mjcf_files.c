/* Files that a MuJoCo model is made of: which are found, what they are hashed to, copies of them, and what is refused.
 */
#include "env_test.h"

#ifdef DURO_HAVE_MUJOCO
#include <sys/stat.h>
#include <unistd.h>

#include <mujoco/mujoco.h>

#include "duro/io.h"

static char top[64]; // a folder of its own
static char home[512];

static int make_top(void **state) {
  (void)state;
  strcpy(top, "/tmp/duro-mjcf-XXXXXX");
  return mkdtemp(top) && getcwd(home, sizeof home) ? 0 : -1;
}

static int remove_top(void **state) {
  (void)state;
  char command[96];
  snprintf(command, sizeof command, "rm -rf '%s'", top);
  return chdir(home) || system(command);
}

/* four at a time */
static const char *at(const char *name) {
  static char paths[4][512];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", top, name);
  return path;
}

static void put(const char *name, const char *text) {
  char folder[512];
  snprintf(folder, sizeof folder, "%s", at(name));
  for (char *c = folder + strlen(top) + 1; *c; c++)
    if (*c == '/') {
      *c = '\0';
      mkdir(folder, 0777);
      *c = '/';
    }
  FILE *file = fopen(folder, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

#define MOTOR "<actuator><motor name='m' joint='slide'/></actuator>"
#define PART(mass)                                                                                                     \
  "<mujoco><worldbody><body name='ball'><joint name='slide' type='slide' axis='1 0 0'/>"                               \
  "<geom size='.1' mass='" mass "'/></body></worldbody></mujoco>"
/* a mesh */
#define PYRAMID(size) "v 0 0 0\nv " size " 0 0\nv 0 " size " 0\nv 0 0 " size "\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
#define MESH_BODY                                                                                                      \
  "<worldbody><body name='ball'><joint name='slide' type='slide' axis='1 0 0'/>"                                       \
  "<geom type='mesh' mesh='a' density='6'/></body></worldbody>" MOTOR

static const duro_env_ops *opened(const char *path) {
  const duro_env_ops *ops;
  if (duro_env_open(&ops, path, NULL)) fail_msg("%s", duro_error());
  return ops;
}

static void refused(const char *path, const char *words) {
  const duro_env_ops *ops;
  assert_int_not_equal(duro_env_open(&ops, path, NULL), DURO_OK);
  assert_null(ops);
  if (!strstr(duro_error(), words) || strchr(duro_error(), '\n')) fail_msg("'%s'; wanted '%s'", duro_error(), words);
}

/* mass of what a force of 1 N moves */
static double mass_of(const duro_env_ops *ops) {
  void *settings = calloc(1, ops->settings_size);
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, settings};
  duro_settings_default(&group);
  assert_int_equal(duro_settings_assign(&group, 1, "env.force_ball_x=1"), DURO_OK);
  assert_int_equal(duro_settings_assign(&group, 1, "env.min_slide=-9"), DURO_OK);
  duro_env *env;
  if (duro_env_create(&env, ops, settings)) fail_msg("%s", duro_error());
  void *worker = make_worker(env);
  const double x[2] = {0, 0}, u = 0, a = 1;
  double x2[2];
  duro_step out;
  duro_env_step(env, worker, x2, &out, x, &u, &a);
  const double mass = env->spec.dt / x2[1];
  duro_env_worker_destroy(env, worker);
  duro_env_destroy(env);
  free(settings);
  return mass;
}

static void assert_mass(const char *path, double wanted) {
  const duro_env_ops *ops = opened(path);
  assert_near(mass_of(ops) / wanted, 1, 1e-6); // meshes are floats
  duro_env_close(ops);
}

/* what MuJoCo makes of it, from the disk */
static double mujocos_mass(const char *path) {
  char error[500];
  mjModel *model = mj_loadXML(path, NULL, error, (int)sizeof error);
  if (!model) fail_msg("MuJoCo itself: %s", error);
  const double mass = model->body_mass[1];
  mj_deleteModel(model);
  return mass;
}

/* the folder of the model counts, not the current one, and not that of the file which includes */
static void includes_lie_beside_the_model(void **state) {
  (void)state;
  put("a/scene.xml", "<mujoco><include file='sub/more.xml'/>" MOTOR "</mujoco>");
  put("a/sub/more.xml", "<mujoco><include file='part.xml'/></mujoco>");
  put("a/part.xml", PART("2"));
  put("a/sub/part.xml", PART("3"));
  put("elsewhere/part.xml", PART("5"));
  put("elsewhere/sub/more.xml", PART("7"));
  assert_int_equal(chdir(at("elsewhere")), 0);
  assert_mass("../a/scene.xml", 2);
  assert_mass(at("a/scene.xml"), 2);
  assert_int_equal(chdir(at("a")), 0);
  assert_mass("scene.xml", 2);
  assert_mass("./sub/../scene.xml", 2);
  const duro_env_ops *ops = opened("scene.xml");
  assert_int_equal(ops->source->n_files, 2);
  assert_string_equal(ops->source->place, "scene.xml");
  assert_string_equal(ops->source->files[0].place, "sub/more.xml");
  assert_string_equal(ops->source->files[1].place, "part.xml");
  duro_env_close(ops);
  assert_int_equal(unlink(at("a/part.xml")), 0); // then that of the file which includes
  assert_mass("scene.xml", 3);
  assert_int_equal(chdir(home), 0);
}

/* what MuJoCo finds on disk, of any version, is what is found here */
static void assets_lie_where_mujoco_seeks_them(void **state) {
  (void)state;
  static const struct {
    const char *text, *mesh;
  } cases[] = {
      {"<mujoco><asset><mesh file='a.obj'/></asset>" MESH_BODY "</mujoco>", "b/a.obj"},
      {"<mujoco><compiler meshdir='m'/><asset><mesh file='a.obj'/></asset>" MESH_BODY "</mujoco>", "b/m/a.obj"},
      {"<mujoco><compiler meshdir='m/'/><asset><mesh name='a' file='./n//q.obj'/></asset>" MESH_BODY "</mujoco>",
       "b/m/n/q.obj"},
      {"<mujoco><compiler meshdir='../m'/><asset><mesh file='a.obj'/></asset>" MESH_BODY "</mujoco>", "m/a.obj"},
      {"<mujoco><compiler meshdir='x'/><asset><mesh file='a.obj'/></asset>" MESH_BODY
       "<compiler meshdir='y'/></mujoco>",
       "b/y/a.obj"},
      {"<mujoco><compiler meshdir='y' strippath='true'/><asset><mesh file='z/a.obj'/></asset>" MESH_BODY "</mujoco>",
       "b/y/a.obj"},
      {"<mujoco><!-- <mesh file='no.obj'/> --><asset><mesh name='a' file='a&amp;&#98;.obj'/></asset>" MESH_BODY
       "</mujoco>",
       "b/a&b.obj"},
      {"<mujoco><compiler texturedir='t'/><asset><mesh file='a.obj'></mesh></asset>" MESH_BODY "</mujoco>", "b/a.obj"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    put("b/scene.xml", cases[i].text);
    put(cases[i].mesh, PYRAMID("2"));
    assert_mass(at("b/scene.xml"), mujocos_mass(at("b/scene.xml")));
    assert_int_equal(unlink(at(cases[i].mesh)), 0);
    refused(at("b/scene.xml"), "is not there");
  }
}

/* height fields and textures are files as well */
static void all_kinds_of_files_are_found(void **state) {
  (void)state;
  static const char *const elements[] = {
      "<hfield name='f' file='f.bin' size='1 1 1 1'/>", "<texture name='f' type='2d' file='f.png'/>",
      "<texture name='f' type='cube' fileright='f.png'/>", "<skin name='f' file='f.skn'/>"};
  for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
    char text[1024];
    snprintf(text, sizeof text, "<mujoco><asset>%s</asset><include file='../a/part.xml'/>" MOTOR "</mujoco>",
             elements[i]);
    put("c/scene.xml", text);
    put("a/part.xml", PART("2"));
    refused(at("c/scene.xml"), "/c/f.");
  }
}

static void the_hash_is_of_all_files(void **state) {
  (void)state;
  put("d/scene.xml", "<mujoco><include file='part.xml'/>" MOTOR "</mujoco>");
  put("d/part.xml", PART("2"));
  const duro_env_ops *ops = opened(at("d/scene.xml"));
  char hash[17];
  memcpy(hash, ops->source->hash, sizeof hash);
  assert_string_not_equal(hash, ops->source->own_hash);
  duro_env_close(ops);
  put("d/part.xml", PART("4"));
  ops = opened(at("d/scene.xml"));
  assert_string_not_equal(ops->source->hash, hash);
  duro_env_close(ops);
  put("d/part.xml", PART("2"));
  ops = opened(at("d/scene.xml"));
  assert_string_equal(ops->source->hash, hash);
  duro_env_close(ops);
  // a model in one file has the hash of its content, by which runs have known it ever since
  ops = opened(DURO_SOURCE_DIR "/examples/pendulum.xml");
  assert_int_equal(ops->source->n_files, 0);
  assert_string_equal(ops->source->hash, ops->source->own_hash);
  duro_env_close(ops);
}

/* a copy in a folder of its own is the same environment, also where files lie above the model */
static void copies_are_the_same(void **state) {
  (void)state;
  put("e/xml/scene.xml", "<mujoco><compiler meshdir='../meshes'/><include file='../xml/sub/body.xml'/><asset>"
                         "<mesh file='a.obj'/></asset>" MOTOR "</mujoco>");
  put("e/xml/sub/body.xml", "<mujoco><worldbody><body name='ball'><joint name='slide' type='slide' axis='1 0 0'/>"
                            "<geom type='mesh' mesh='a' density='6'/></body></worldbody></mujoco>");
  put("e/meshes/a.obj", PYRAMID("2"));
  const double mass = mujocos_mass(at("e/xml/scene.xml"));
  const duro_env_ops *ops = opened(at("e/xml/scene.xml"));
  assert_string_equal(ops->source->place, "xml/scene.xml");
  if (duro_env_source_save(ops->source, at("kept/environment"))) fail_msg("%s", duro_error());
  char hash[17];
  memcpy(hash, ops->source->hash, sizeof hash);
  put("e/meshes/a.obj", PYRAMID("3")); // the original goes on; what was opened stays as it was
  assert_near(mass_of(ops) / mass, 1, 1e-6);
  duro_env_close(ops);
  ops = opened(at("kept/environment/xml/scene.xml"));
  assert_string_equal(ops->source->hash, hash);
  assert_near(mass_of(ops) / mass, 1, 1e-6);
  assert_int_equal(duro_env_source_check(ops->source, hash, at("kept/environment")), DURO_OK);
  duro_env_close(ops);
  put("kept/environment/meshes/a.obj", PYRAMID("3"));
  ops = opened(at("kept/environment/xml/scene.xml"));
  assert_int_equal(duro_env_source_check(ops->source, hash, at("kept/environment")), DURO_ERROR_FORMAT);
  assert_non_null(strstr(duro_error(), "environment/meshes/a.obj is not the file"));
  assert_null(strchr(duro_error(), '\n'));
  duro_env_close(ops);
}

static void symbolic_links_are_followed(void **state) {
  (void)state;
  put("f/real/part.xml", PART("2"));
  put("f/model/scene.xml", "<mujoco><include file='part.xml'/>" MOTOR "</mujoco>");
  assert_int_equal(symlink("../real/part.xml", at("f/model/part.xml")), 0);
  assert_int_equal(symlink("model", at("f/link")), 0);
  const duro_env_ops *ops = opened(at("f/link/scene.xml"));
  assert_int_equal(ops->source->n_files, 1);
  assert_string_equal(ops->source->files[0].place, "part.xml");
  if (duro_env_source_save(ops->source, at("f/kept"))) fail_msg("%s", duro_error());
  duro_env_close(ops);
  struct stat about;
  assert_int_equal(lstat(at("f/kept/part.xml"), &about), 0);
  assert_true(S_ISREG(about.st_mode));
  assert_mass(at("f/kept/scene.xml"), 2);
}

static void what_cannot_go_with_a_run_is_refused(void **state) {
  (void)state;
  put("g/scene.xml", "<mujoco><include file='/etc/passwd'/></mujoco>");
  refused(at("g/scene.xml"), "/etc/passwd is an absolute path");
  put("g/scene.xml", "<mujoco><compiler meshdir='/usr'/><asset><mesh file='a.obj'/></asset></mujoco>");
  refused(at("g/scene.xml"), "/usr/a.obj is an absolute path");
  put("g/scene.xml", "<mujoco><include file='gone.xml'/></mujoco>");
  refused(at("g/scene.xml"), "g/gone.xml, which scene.xml names, is not there");
  put("g/scene.xml", "<mujoco><include file='scene.xml'/></mujoco>");
  refused(at("g/scene.xml"), "include each other");
  put("g/scene.xml", "<mujoco><include file='empty.xml'/></mujoco>");
  put("g/empty.xml", "");
  refused(at("g/scene.xml"), "empty.xml has 0 bytes");
  put("g/scene.xml", "<mujoco><include file='fifo.xml'/></mujoco>");
  assert_int_equal(mkfifo(at("g/fifo.xml"), 0600), 0);
  refused(at("g/scene.xml"), "fifo.xml, which");
  put("g/scene.xml", "<mujoco><include file='.'/></mujoco>");
  refused(at("g/scene.xml"), "is not a file");
}

/* MuJoCo 2.2.2 tells files in memory apart by their names alone */
static void files_of_one_name_are_not_mixed_up(void **state) {
  (void)state;
  put("h/scene.xml",
      "<mujoco><asset><mesh name='b' file='y/a.obj'/><mesh name='a' file='x/a.obj'/></asset>" MESH_BODY "</mujoco>");
  put("h/x/a.obj", PYRAMID("2"));
  put("h/y/a.obj", PYRAMID("2"));
  assert_mass(at("h/scene.xml"), mujocos_mass(at("h/scene.xml")));
  put("h/y/a.obj", PYRAMID("3"));
  if (mjVERSION_HEADER < 314)
    refused(at("h/scene.xml"), "have the same name");
  else
    assert_mass(at("h/scene.xml"), mujocos_mass(at("h/scene.xml")));
}

/* a model's text with pieces changed: a message of one line, or a model */
static void torn_texts_do_no_harm(void **state) {
  (void)state;
  static const char good[] =
      "<?xml version='1.0'?><mujoco><!-- x --><![CDATA[<y]]><include file='part.xml'/>"
      "<compiler meshdir=\"m&quot;\"/><asset><mesh file='&#x41;.obj'/></asset>" MOTOR "</mujoco>";
  static const char pieces[] = "<>/'\"=&;#![]-? \n\0\x80\xffx";
  put("i/part.xml", PART("2"));
  for (uint64_t k = 0; k < 2000; k++) {
    char text[sizeof good];
    memcpy(text, good, sizeof good);
    duro_stream stream = test_stream(k);
    for (int i = 0; i < 1 + (int)(k % 3); i++)
      text[duro_stream_below(&stream, sizeof good - 1)] = pieces[duro_stream_below(&stream, sizeof pieces - 1)];
    if (k % 5 == 0) text[duro_stream_below(&stream, sizeof good - 1)] = '\0';
    put("i/scene.xml", text);
    const duro_env_ops *ops;
    if (duro_env_open(&ops, at("i/scene.xml"), NULL)) {
      assert_true(strlen(duro_error()) > 0);
      assert_null(strchr(duro_error(), '\n'));
    }
    duro_env_close(ops);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(includes_lie_beside_the_model),
      cmocka_unit_test(assets_lie_where_mujoco_seeks_them),
      cmocka_unit_test(all_kinds_of_files_are_found),
      cmocka_unit_test(the_hash_is_of_all_files),
      cmocka_unit_test(copies_are_the_same),
      cmocka_unit_test(symbolic_links_are_followed),
      cmocka_unit_test(what_cannot_go_with_a_run_is_refused),
      cmocka_unit_test(files_of_one_name_are_not_mixed_up),
      cmocka_unit_test(torn_texts_do_no_harm),
  };
  return cmocka_run_group_tests(tests, make_top, remove_top);
}
#else
int main(void) {
  return 0;
}
#endif
