/* Settings as tables, for a terminal or in Markdown. */
#ifndef DURO_APP_SETTINGS_TABLE_H
#define DURO_APP_SETTINGS_TABLE_H

#include "duro/settings.h"

/* Prints the settings of groups of one prefix with their values, ranges and meaning. */
void settings_table(const duro_settings_group *groups, int count, const char *title, bool markdown);

#endif
