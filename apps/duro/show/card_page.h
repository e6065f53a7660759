/* The page of a card. */
#ifndef DURO_SHOW_CARD_PAGE_H
#define DURO_SHOW_CARD_PAGE_H

#include "study/card.h"

/* Writes the page, which shows what the card says and nothing else; as folder/card.html; `check` is the command that
 * checks the card, `one_file` as in html_end. */
duro_status card_page(const json_t *root, const char *folder, const char *check, bool one_file);

#endif
