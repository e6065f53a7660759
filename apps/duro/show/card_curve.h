/* The curves of a card: violating episodes over the amplitude of the disturbance, drawn into the page. */
#ifndef DURO_SHOW_CARD_CURVE_H
#define DURO_SHOW_CARD_CURVE_H

#include "io/text.h"
#include "study/card.h"

/* Adds a section with a picture (SVG), where the card has curves. */
void card_curves(text *page, const json_t *lines);

#endif
