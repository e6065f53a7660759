/* What a plugin says of itself in words: the facts of its environment. */
#ifndef DURO_ENV_PLUGIN_FACTS_H
#define DURO_ENV_PLUGIN_FACTS_H

#include "duro/plugin.h"

/* Are the words text, and do the settings that they name exist? `name` of the plugin, for the message. */
duro_status plugin_check_facts(const duro_plugin *p, const char *name);
/* Whether it says anything. */
bool plugin_has_facts(const duro_plugin *p);
void plugin_facts(const duro_plugin *p, const duro_env *env, duro_facts *f);

#endif
