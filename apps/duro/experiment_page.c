#include "experiment.h"
duro_status experiment_page(const experiment *e, const experiment_plan *plan, const char *folder, const char *command) {
  (void)e;
  (void)plan;
  (void)folder;
  (void)command;
  return DURO_OK;
}
