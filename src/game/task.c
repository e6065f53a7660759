#include "game/grid.h"
void task_destroy(task_game *task) {
  (void)task;
}
