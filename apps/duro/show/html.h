/* What every page begins and ends with, cells, and pictures that travel in the page. */
#ifndef DURO_APP_HTML_H
#define DURO_APP_HTML_H

#include <jansson.h>

#include "io/escape.h"

/* Up to and with <h1>; `style`: more CSS, "" without. `title` is also the heading. */
void html_begin(text *page, const char *title, const char *style);
/* Ends the page and saves it as folder/file; with `one_file`, the pictures are in it, and links to files beside it are
 * gone. */
duro_status html_end(text *page, const char *folder, const char *file, bool one_file);
/* <td>word</td> */
void html_cell(text *page, const char *word);
/* A paragraph on what duro certify found: the counts of certified.json, or of its line in a card. */
void html_certified(text *page, const json_t *says);
/* What a caption begins with, whole sentences without tags: what a reader who does not see the picture is told. */
void html_alt(text *page, const char *caption);

#endif
