/* The page of a card. */
#ifndef DURO_SHOW_CARD_PAGE_H
#define DURO_SHOW_CARD_PAGE_H

#include "study/card.h"

/* Writes the page, which shows what the card says and nothing else; `path` of the page, `check` is the command that
 * checks the card. */
duro_status card_page(const json_t *root, const char *path, const char *check);

#endif
