/* What is known to be wrong with libraries in use. */
#ifndef DURO_APP_FAULTS_H
#define DURO_APP_FAULTS_H

/* Says on standard error, once, where the MuJoCo in use gives wrong results. */
void warn_of_mujoco(void);

#endif
