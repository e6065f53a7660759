/* Pages without scripts that a phone can show. */
#include "show/html.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "duro/io.h"
#include "run/path.h"
#include "show/greek.h"

/* CSS of every page. */
static const char common[] =
    "body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:70rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid #ddd}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}"
    "th,td{padding:.25rem .6rem;border-bottom:1px solid #e4e4e4;text-align:left;white-space:nowrap}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".bad{color:#a04000;font-weight:600}.ok{color:#00573f}"
    "figure{margin:1.5rem 0}img{max-width:100%;height:auto}figcaption{font-size:.92rem;color:#333}"
    "pre,code{font:.85rem/1.4 "
    "ui-monospace,monospace;background:#f5f5f5}pre{padding:.6rem;white-space:pre-wrap;overflow-"
    "wrap:anywhere}"
    ".verdict{border-left:.4rem solid #888;background:#f5f5f5;padding:.5rem .8rem;margin:.6rem 0}"
    ".verdict.holds{border-color:#00735a;background:#eef7f3}.verdict.broken{border-color:#a04000;background:#fbf1ea}"
    "summary{cursor:pointer;padding:.3rem 0}.run td{background:#f2f6fa;font-weight:600}"
    "td.long{white-space:normal;min-width:12rem}"
    // shadows at the edges of what can be scrolled say that a table goes on there
    ".wide{background:linear-gradient(90deg,#fff 1rem,#fff0) left,linear-gradient(270deg,#fff 1rem,#fff0) right,"
    "linear-gradient(90deg,#0003,#0000) left,linear-gradient(270deg,#0003,#0000) right;background-repeat:no-repeat;"
    "background-size:2.5rem 100%,2.5rem 100%,.8rem 100%,.8rem 100%;background-attachment:local,local,scroll,scroll}"
    "sub{line-height:0}@media (max-width:40rem){table{font-size:.8rem}table "
    "td.long{min-width:9rem}th,td{padding:.25rem .35rem}th{white-space:normal}}"
    "@media (prefers-color-scheme:dark){body{color:#e6e6e6;background:#16181a}h2,th,td{border-color:#3a3d40}"
    ".bad{color:#f0a070}.ok{color:#7fd0b0}figcaption{color:#bbb}img{background:#fff}"
    ".wide{background-image:linear-gradient(90deg,#16181a 1rem,#16181a00),linear-gradient(270deg,#16181a 1rem,"
    "#16181a00),linear-gradient(90deg,#fff4,#fff0),linear-gradient(270deg,#fff4,#fff0)}"
    "pre,code,.verdict{background:#24272a}.verdict.holds{background:#16302a}.verdict.broken{background:#3a2418}"
    ".run td{background:#22303c}a{color:#8ab8f0}}";

void html_begin(text *page, const char *title, const char *style) {
  text_add(page,
           "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"generator\" "
           "content=\"duro\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
  text_add_escaped(page, title);
  text_add(page, "</title>\n<style>%s%s</style>\n</head>\n<body>\n<h1>", common, style);
  text_add_escaped(page, title);
  text_add(page, "</h1>\n");
}

void html_cell(text *page, const char *word) {
  text_add(page, "<td>");
  text_add_escaped(page, word);
  text_add(page, "</td>");
}

void html_alt(text *page, const char *caption) {
  enum { SHORT_SENTENCE = 40 }; // one that is no longer says too little
  bool tag = false;
  for (const char *at = caption; *at; at++) {
    if (!tag && at - caption > SHORT_SENTENCE && *at == '.' && (!at[1] || at[1] == ' ')) return;
    if (*at == '<') tag = true;
    if (!tag && *at == '"')
      text_add(page, "&quot;");
    else if (!tag)
      text_add_bytes(page, at, 1);
    if (*at == '>') tag = false;
  }
}

/* ---- pictures in the page ---- */

static void add_base64(text *page, const unsigned char *bytes, size_t size) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < size; i += 3) {
    const size_t left = size - i;
    unsigned char raw[3] = {bytes[i]};
    if (left > 1) raw[1] = bytes[i + 1];
    if (left > 2) raw[2] = bytes[i + 2];
    const char four[4] = {digits[raw[0] >> 2], digits[(raw[0] & 3) << 4 | raw[1] >> 4],
                          left > 1 ? digits[(raw[1] & 15) << 2 | raw[2] >> 6] : '=',
                          left > 2 ? digits[raw[2] & 63] : '='};
    text_add_bytes(page, four, sizeof four);
  }
}

/* The content of a picture in place of its path from the page. */
static duro_status embed(text *page, const char *folder, const char *name, size_t length) {
  char file[CLI_PATH], path[CLI_PATH], *bytes;
  size_t size;
  snprintf(file, sizeof file, "%.*s", (int)length, name);
  run_path(path, folder, file);
  const duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  const bool film = length > 4 && strncmp(name + length - 4, ".gif", 4) == 0;
  text_add(page, " src=\"data:image/%s;base64,", film ? "gif" : "png");
  add_base64(page, (const unsigned char *)bytes, size);
  text_add(page, "\"");
  duro_file_release(bytes);
  return DURO_OK;
}

/* Is it a file beside the page, and not a place in it or on another machine? */
static bool is_beside(const char *target, size_t length) {
  return length && target[0] != '#' && !memchr(target, ':', length);
}

/* Pictures move into the page, links to files that do not travel with it go. In text a quote is "&quot;", so that what
 * is found here are attributes. */
static duro_status embed_all(text *out, const text *page, const char *folder) {
  static const char picture[] = " src=\"", link[] = " href=\"";
  duro_status status = DURO_OK;
  const char *at = cli_text(page);
  while (!status && *at) {
    const bool shown = strncmp(at, picture, sizeof picture - 1) == 0, linked = strncmp(at, link, sizeof link - 1) == 0;
    const char *name = at + (shown ? sizeof picture : sizeof link) - 1,
               *end = shown || linked ? strchr(name, '"') : NULL;
    if (!end || !is_beside(name, (size_t)(end - name))) {
      const size_t plain = 1 + strcspn(at + 1, " ");
      text_add_bytes(out, at, plain);
      at += plain;
      continue;
    }
    if (shown) status = embed(out, folder, name, (size_t)(end - name));
    at = end + 1;
  }
  return status;
}

duro_status html_end(text *page, const char *folder, const char *file, bool one_file) {
  char path[CLI_PATH];
  text shown = {0}, whole = {0};
  text_add(page, "</body>\n</html>\n");
  greek_page(&shown, cli_text(page));
  run_path(path, folder, file);
  duro_status status = one_file ? embed_all(&whole, &shown, folder) : DURO_OK;
  if (!status) status = text_save(one_file ? &whole : &shown, path);
  text_release(&shown);
  text_release(&whole);
  return status;
}

static double number_of(const json_t *says, const char *key) {
  return json_number_value(json_object_get(says, key));
}

void html_certified(text *page, const json_t *says) {
  const double states = number_of(says, "states");
  const json_t *interval = json_object_get(says, "own_interval");
  text_add(
      page,
      "<p>A certificate proves a set of states, volume %.6g, from each of which its own control keeps h &ge; 0 for "
      "ever, whatever the disturbance. ",
      number_of(says, "volume"));
  if (states > 0)
    text_add(
        page,
        "Of %.0f states drawn from it <b>the policy's own control is proved to stay in the set at %.2f&nbsp;%%</b> "
        "(95&nbsp;%% interval %.2f to %.2f&nbsp;%%), at %.2f&nbsp;%% more the filter of the certificate has a "
        "control that is, at %.2f&nbsp;%% nothing was proved. ",
        states, 100 * number_of(says, "own") / states, 100 * json_number_value(json_array_get(interval, 0)),
        100 * json_number_value(json_array_get(interval, 1)),
        100 * (number_of(says, "nearest") + number_of(says, "fallback")) / states,
        100 * number_of(says, "none") / states);
  text_add(page, "It is a proof about the model.</p>\n");
}
