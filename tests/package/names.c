/* A program with names that the rooms of the library use inside. */
#include <duro/duro.h>
#include <duro/nn.h>
#include <stdio.h>

double learn(double x);
double play(double x);
double learn(double x) {
  return 2 * x;
}
double play(double x) {
  return learn(x) + 1;
}

int main(void) {
  const duro_env_ops *ops = duro_env_builtin(0);
  duro_env *env;
  if (!ops || duro_env_create(&env, ops, NULL)) return 1;
  printf("%s %s %s %g\n", duro_version(), ops->name, duro_simd_name(), play(1));
  duro_env_destroy(env);
  return 0;
}
