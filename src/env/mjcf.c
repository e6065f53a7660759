#include "base/error.h"
#include "env/opened.h"
duro_status mjcf_open(opened **file, const duro_env_source *source) {
  (void)file;
  return duro_fail(DURO_ERROR_MISSING, "%s needs MuJoCo, which this build lacks", source->path);
}
