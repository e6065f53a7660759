/* duro solve: what it is asked for and what it shows. */
#ifndef DURO_APP_SOLVE_H
#define DURO_APP_SOLVE_H

#include "cli/progress.h"
#include "run/ranks.h"
#include "show/report.h"
#include "study/solve.h"

/* What the command line says. */
typedef struct solve_given {
  solve_options asked;
  bool no_pictures, one_file, beyond_memory, quiet, json;
} solve_given;

/* A solution, and how people see it. */
typedef struct solve_view {
  solve_given given;
  const char *command; /* the words of the command line, quoted */
  const char *game;    /* path of a finite game */
  solution s;
  ranks *ranks; /* that solve it together; NULL: one process */
  progress progress;
  report report; /* figures */
} solve_view;

/* solve_print.c */
void solve_announce(const solve_view *v);
/* What is printed while a solution is made. */
solve_watcher solve_printer(solve_view *v);

/* solve_game.c: duro solve GAME.json */
int solve_finite_game(solve_view *v, const char *path);

#endif
