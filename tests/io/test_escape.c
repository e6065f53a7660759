/* Foreign text in other languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "io/escape.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNKNOWN "\xef\xbf\xbd"

typedef void (*escape)(text *t, const char *word);

static void expect(escape f, const char *word, const char *wanted) {
  text t = {0};
  f(&t, word);
  assert_string_equal(t.bytes ? t.bytes : "", wanted);
  text_release(&t);
}

static void test_html(void **state) {
  (void)state;
  expect(text_add_escaped, "<a href=\"x\" title='y'>&", "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;");
  expect(text_add_escaped, "two\nlines\t\xc3\xa4", "two\nlines\t\xc3\xa4");
  expect(text_add_escaped, "\x1b[2J\x7f\xc2\x9b\x80\xff\xc3", UNKNOWN "[2J" UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN);
  expect(text_add_escaped, "", "");
}

static void test_gnuplot(void **state) {
  (void)state;
  expect(text_add_gnuplot, "x\nsystem \"touch PWNED\"\n#", "'x system \"touch PWNED\" #'");
  expect(text_add_gnuplot, "it's `id` $(id) @m \\", "'it''s `id` $(id) @m \\'");
  expect(text_add_gnuplot, "'a'",
         "'\xe2\x80\x99"
         "a'''");
  expect(text_add_gnuplot_file, "'a", "'./''a'");
  expect(text_add_gnuplot, "\x1b\xff", "'" UNKNOWN UNKNOWN "'");
  expect(text_add_gnuplot_file, "plain.csv", "'plain.csv'");
  expect(text_add_gnuplot_file, "/a'b", "'/a''b'");
  expect(text_add_gnuplot_file, "< id", "'./< id'");
  expect(text_add_gnuplot_file, "|id", "'./|id'");
  expect(text_add_gnuplot_file, "-", "'./-'");
  expect(text_add_gnuplot_file, " < id", "'./ < id'");
}

static void test_tex(void **state) {
  (void)state;
  expect(text_add_tex, "\\input{x}", "\\textbackslash{}input\\{x\\}");
  expect(text_add_tex, "#$%&_~^", "\\#\\$\\%\\&\\_\\textasciitilde{}\\textasciicircum{}");
  expect(text_add_tex, "a\nb^^M", "a b\\textasciicircum{}\\textasciicircum{}M");
}

static void test_line(void **state) {
  (void)state;
  expect(text_add_line, "a\r\nb\x1b]0;x\x07", "a  b" UNKNOWN "]0;x" UNKNOWN);
  assert_true(duro_is_plain("\xc3\xa4 'x' \\"));
  assert_true(duro_is_plain(""));
  static const char *const bad[] = {"\n", "\x1b", "a\x7f", "\xc2\x85", "\xff", "\xed\xa0\x80"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(duro_is_plain(bad[i]));
}

/* gnuplot itself prints back what went in, and runs nothing */
static void test_gnuplot_itself(void **state) {
  (void)state;
  if (system("gnuplot --version >/dev/null 2>&1") != 0) skip();
  static const char *const words[] = {"x\"; system 'touch PWNED' #",
                                      "`touch PWNED`",
                                      "@evil",
                                      "'.system('touch PWNED').'",
                                      "a\\",
                                      "\"`touch PWNED`\"",
                                      "}; system('touch PWNED'); {",
                                      "$(touch PWNED)",
                                      "%s%n",
                                      "x\nsystem \"touch PWNED\"\n#",
                                      "x\rsystem 'touch PWNED'",
                                      "it's \xc3\xa4"};
  char folder[] = "/tmp/duro-gnuplot-XXXXXX", line[512];
  struct stat about;
  assert_non_null(mkdtemp(folder));
  assert_int_equal(chdir(folder), 0);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    text script = {0}, shown = {0};
    text_add(&script, "evil = \"system('touch PWNED')\"\ndo for [k=1:1] {\nset label 1 ");
    text_add_gnuplot(&script, words[i]);
    text_add(&script, " noenhanced\nprint ");
    text_add_gnuplot(&script, words[i]);
    text_add(&script, "\n}\n");
    FILE *f = fopen("s.gp", "w");
    assert_non_null(f);
    assert_int_equal(fwrite(script.bytes, 1, script.length, f), script.length);
    assert_int_equal(fclose(f), 0);
    FILE *answer = popen("gnuplot s.gp 2>&1", "r"); // print goes to stderr
    assert_non_null(answer);
    assert_non_null(fgets(line, sizeof line, answer));
    assert_int_equal(pclose(answer), 0);
    if (*words[i] == '\'') text_add(&shown, "\xe2\x80\x99");
    text_add_line(&shown, words[i] + (*words[i] == '\''));
    text_add(&shown, "\n");
    assert_string_equal(line, shown.bytes);
    assert_int_not_equal(stat("PWNED", &about), 0);
    text_release(&script);
    text_release(&shown);
  }
  assert_int_equal(unlink("s.gp") || chdir("/") || rmdir(folder), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_html), cmocka_unit_test(test_gnuplot),        cmocka_unit_test(test_tex),
      cmocka_unit_test(test_line), cmocka_unit_test(test_gnuplot_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
