#include "policy/roles.h"

#include "policy/levels.h"

#define NAMES(name) name, name ".m", name ".v", name "_bar", name ".w", name ".norm"

const role_info roles[ROLE_COUNT] = {
    // name     head           critic target frozen
    [ROLE_PI] = {NAMES("pi"), HEAD_GAUSSIAN, false, false, true},
    [ROLE_MU] = {NAMES("mu"), HEAD_DISTURB, false, false, true},
    [ROLE_PI_H] = {NAMES("pi_h"), HEAD_CONTROL, false, false, true},
    [ROLE_MU_H] = {NAMES("mu_h"), HEAD_DISTURB, false, false, true},
    [ROLE_Q1] = {NAMES("Q1"), HEAD_VALUE, true, true, false},
    [ROLE_Q2] = {NAMES("Q2"), HEAD_VALUE, true, true, false},
    [ROLE_QH] = {NAMES("Qh"), HEAD_VALUE, true, true, true},
    [ROLE_LAMBDA] = {NAMES("lambda"), HEAD_BOUNDED, false, false, true},
    [ROLE_QC] = {NAMES("Qc"), HEAD_VALUE, true, true, false},
};

head role_head(role r, int levels) {
  const head h = roles[r].head;
  return levels && (h == HEAD_GAUSSIAN || h == HEAD_CONTROL) ? HEAD_CATEGORICAL : h;
}

int role_outputs(role r, int nu, int na, int levels) {
  switch (role_head(r, levels)) {
  case HEAD_GAUSSIAN:
    return 2 * nu;
  case HEAD_CONTROL:
    return nu;
  case HEAD_DISTURB:
    return na;
  case HEAD_CATEGORICAL:
    return levels_count(nu, levels);
  case HEAD_VALUE:
  case HEAD_BOUNDED:
    break;
  }
  return 1;
}
