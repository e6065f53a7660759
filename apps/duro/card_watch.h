/* What people see while a card is made or checked. */
#ifndef DURO_APP_CARD_WATCH_H
#define DURO_APP_CARD_WATCH_H

#include "cli/progress.h"
#include "study/card.h"

typedef struct card_watch {
  progress progress;
  double last; /* s, when the live line was drawn */
  int count[CARD_FINDINGS];
  int left_out; /* rows of the attack matrix */
} card_watch;

void card_watch_start(card_watch *w, bool quiet);
/* Shows how far it is, and prints each finding. */
card_watcher card_watch_of(card_watch *w);
void card_watch_end(const card_watch *w);

/* duro verify CARD: the exit status. */
int verify_card(const card_options *given, bool quiet);

#endif
