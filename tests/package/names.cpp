// The headers are C++ as well, and what the library defines has C names.
#include <duro/duro.h>
#include <duro/nn.h>

#include <iostream>

int main() {
  duro_train_settings train;
  const duro_settings_group group = {"train", duro_train_rows, duro_train_rows_count, &train};
  duro_settings_default(&group);
  duro_env *env = nullptr;
  if (duro_env_create(&env, duro_env_builtin(0), nullptr) != DURO_OK) return 1;
  std::cout << duro_version() << ' ' << env->ops->name << ' ' << duro_simd_name() << ' ' << train.seed << '\n';
  duro_env_destroy(env);
  return 0;
}
