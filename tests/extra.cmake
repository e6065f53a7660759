# tests that are no C programs
if(DURO_TESTS)
  set_tests_properties(game/test_grid_slow PROPERTIES LABELS slow TIMEOUT 900)
  set_tests_properties(game/test_certificate game/test_certificate_parts eval/test_shield PROPERTIES TIMEOUT 900) # of proofs without optimisation
  if(DURO_SANITIZE) # minutes; game/test_grid plays the same code on small grids
    set_tests_properties(game/test_grid_slow PROPERTIES DISABLED TRUE)
  endif()
  add_executable(export_compare tests/export/compare.c) # of tests/cli/test_export.py
  target_link_libraries(export_compare PRIVATE duro_export ${CMAKE_DL_LIBS})
  add_executable(compare_grid tests/export/compare_grid.c) # of tests/cli/test_export_grid.py
  target_link_libraries(compare_grid PRIVATE duro_run ${CMAKE_DL_LIBS})
  add_executable(compare_certificate tests/export/compare_certificate.c) # of tests/cli/test_export_certificate.py
  target_link_libraries(compare_certificate PRIVATE duro_run ${CMAKE_DL_LIBS})
  add_executable(tune_caller tests/study/tune_caller.c) # of tests/cli/test_tune.py
  target_link_libraries(tune_caller PRIVATE duro_study ${CMAKE_DL_LIBS})
  if(NOT DURO_SANITIZE) # under which speeds mean nothing, and every row takes minutes
    add_test(NAME cli/bench COMMAND duro-bench --rounds 1 --grid 5) # every row once
    set_tests_properties(cli/bench PROPERTIES LABELS slow TIMEOUT 300 PASS_REGULAR_EXPRESSION "FMA peak allows .* reached")
  endif()
  find_package(Python3 COMPONENTS Interpreter)
  if(Python3_FOUND)
    add_test(NAME cli/test_cli COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_cli.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_cli PROPERTIES TIMEOUT 900)
    if(NOT DURO_SANITIZE) # an export that is loaded knows nothing of sanitizers
      add_test(NAME cli/test_export COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_export.py ${PROJECT_SOURCE_DIR}
                                            $<TARGET_FILE:duro> $<TARGET_FILE:export_compare> ${CMAKE_C_COMPILER})
      set_tests_properties(cli/test_export PROPERTIES TIMEOUT 900)
      add_test(NAME cli/test_export_grid COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_export_grid.py
                                                 ${PROJECT_SOURCE_DIR} $<TARGET_FILE:duro> $<TARGET_FILE:compare_grid>)
      set_tests_properties(cli/test_export_grid PROPERTIES TIMEOUT 900)
      add_test(NAME cli/test_export_certificate COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_export_certificate.py
                                                        ${PROJECT_SOURCE_DIR} $<TARGET_FILE:duro> $<TARGET_FILE:compare_certificate>)
      set_tests_properties(cli/test_export_certificate PROPERTIES TIMEOUT 900)
      # installs onnx and onnxruntime into the build folder where they are missing and can be had
      add_test(NAME cli/test_export_onnx COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_export_onnx.py
                                                 ${PROJECT_SOURCE_DIR} $<TARGET_FILE:duro> $<TARGET_FILE:export_compare>
                                                 ${CMAKE_C_COMPILER} ${PROJECT_BINARY_DIR})
      set_tests_properties(cli/test_export_onnx PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)
    endif()
    add_test(NAME cli/test_tables COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_tables.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_tables PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_check COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_check.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_check PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_solve_answers COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_solve_answers.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_solve_answers PROPERTIES TIMEOUT 600)
    add_test(NAME cli/test_solve_goals COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_solve_goals.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_solve_goals PROPERTIES TIMEOUT 600)
    add_test(NAME cli/test_undisturbed
             COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_undisturbed.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_undisturbed PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_solve COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_solve.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_solve PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_attack COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_attack.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_attack PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_certify COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_certify.py $<TARGET_FILE:duro>
      $<TARGET_FILE:duro-recheck> ${PROJECT_SOURCE_DIR}/examples)
    set_tests_properties(cli/test_certify PROPERTIES TIMEOUT 600)
    add_test(NAME cli/test_certify_run COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_certify_run.py
      $<TARGET_FILE:duro> $<TARGET_FILE:duro-recheck>)
    set_tests_properties(cli/test_certify_run PROPERTIES TIMEOUT 600)
    add_test(NAME cli/test_behind COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_behind.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_behind PROPERTIES TIMEOUT 600)
    add_test(NAME cli/test_experiment COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_experiment.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_experiment PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_tune COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_tune.py $<TARGET_FILE:duro>
      $<TARGET_FILE:tune_caller>)
    set_tests_properties(cli/test_tune PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_worker COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_worker.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_worker PROPERTIES TIMEOUT 900)
    if(NOT DURO_SANITIZE) # the same jobs under other launchers
      add_test(NAME cli/test_mpi COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_mpi.py $<TARGET_FILE:duro>)
      set_tests_properties(cli/test_mpi PROPERTIES TIMEOUT 900)
      add_test(NAME cli/test_ranks COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_ranks.py $<TARGET_FILE:duro>
                                            ${PROJECT_SOURCE_DIR}/examples)
      set_tests_properties(cli/test_ranks PROPERTIES TIMEOUT 900)
      add_test(NAME cli/test_slurm COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_slurm.py $<TARGET_FILE:duro>)
      set_tests_properties(cli/test_slurm PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)
    endif()
    add_test(NAME cli/test_starts COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_starts.py $<TARGET_FILE:duro>
                                          ${PROJECT_SOURCE_DIR})
    set_tests_properties(cli/test_starts PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_process COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_process.py
                                           $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_process PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_resume COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_resume.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_resume PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_trial COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_trial.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_trial PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_verify COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_verify.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_verify PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_card COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_card.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_card PROPERTIES TIMEOUT 900)
    if(NOT DURO_SANITIZE) # a program outside knows nothing of sanitizers
      add_test(NAME cli/test_robot COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_robot.py ${PROJECT_SOURCE_DIR}
                                           $<TARGET_FILE:duro> ${PROJECT_BINARY_DIR})
      set_tests_properties(cli/test_robot PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)
    endif()
    add_test(NAME cli/test_kills COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/test-kills --count 2 $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_kills PROPERTIES TIMEOUT 900 LABELS slow)
    add_test(NAME cli/test_sets COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_sets.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_sets PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_hostile COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_hostile.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_hostile PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_folders COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_folders.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_folders PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_mjcf COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_mjcf.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_mjcf PROPERTIES TIMEOUT 900)
    add_test(NAME cli/test_track COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_track.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_track PROPERTIES TIMEOUT 900)
    if(NOT DURO_SANITIZE) # nothing can be preloaded into a sanitized program
      add_test(NAME cli/test_faults COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/test-faults --count 8 $<TARGET_FILE:duro>)
      set_tests_properties(cli/test_faults PROPERTIES TIMEOUT 900 LABELS slow)
      add_test(NAME cli/test_kills_at_calls
               COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/test-faults --kill --count 4 $<TARGET_FILE:duro>)
      set_tests_properties(cli/test_kills_at_calls PROPERTIES TIMEOUT 900 LABELS slow)
      add_test(NAME cli/test_power_loss COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/test-power-loss --count 20 $<TARGET_FILE:duro>)
      set_tests_properties(cli/test_power_loss PROPERTIES TIMEOUT 900 LABELS slow)
    endif()
    if(NOT DURO_SANITIZE) # a sanitizer has allocators and addresses of its own
      add_test(NAME cli/test_room COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_room.py $<TARGET_FILE:duro>)
      set_tests_properties(cli/test_room PROPERTIES TIMEOUT 900)
      add_test(NAME cli/test_memory COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_memory.py $<TARGET_FILE:duro>)
      set_tests_properties(cli/test_memory PROPERTIES TIMEOUT 900 LABELS slow)
    endif()
    if(NOT DURO_SANITIZE) # installs TensorBoard into the build folder where it is missing and can be had
      add_test(NAME cli/test_tensorboard COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_tensorboard.py
                                                 $<TARGET_FILE:duro> ${PROJECT_BINARY_DIR})
      set_tests_properties(cli/test_tensorboard PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)
    endif()
    add_test(NAME cli/test_fixtures COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_fixtures.py
                                            $<TARGET_FILE:duro> $<TARGET_FILE:duro-recheck> ${PROJECT_SOURCE_DIR})
    set_tests_properties(cli/test_fixtures PROPERTIES TIMEOUT 900)
    if(NOT DURO_SANITIZE) # installs NumPy and safetensors into the build folder where they are missing and can be had
      add_test(NAME cli/test_files COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_files.py
                                           $<TARGET_FILE:duro> ${PROJECT_BINARY_DIR})
      set_tests_properties(cli/test_files PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)
    endif()
    if(NOT DURO_SANITIZE) # installs the Python package into the build folder, with what its tests need where that can be had
      add_test(NAME python/test_python
               COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/python/run_tests.py ${PROJECT_SOURCE_DIR}
                       ${PROJECT_BINARY_DIR} $<TARGET_FILE:duro>)
      set_tests_properties(python/test_python PROPERTIES TIMEOUT 1800 SKIP_RETURN_CODE 77)
    endif()
    if(DURO_MUJOCO AND NOT DURO_SANITIZE) # fetches the wheel into the build folder where it can be had
      add_test(NAME env/test_newest_mujoco COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/env/test_newest_mujoco.py
                                                   ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR} ${CMAKE_C_COMPILER})
      set_tests_properties(env/test_newest_mujoco PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77 LABELS slow)
    endif()
    if(NOT DURO_SANITIZE) # a program outside knows nothing of sanitizers
      add_test(NAME cli/test_pages
               COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/cli/test_pages.py ${PROJECT_SOURCE_DIR}
                       $<TARGET_FILE:duro> ${PROJECT_BINARY_DIR})
      set_tests_properties(cli/test_pages PROPERTIES TIMEOUT 1800 SKIP_RETURN_CODE 77 LABELS slow)
      add_test(NAME package/test_build
               COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/package/test_build.py ${PROJECT_SOURCE_DIR}
                       ${PROJECT_BINARY_DIR} ${CMAKE_C_COMPILER})
      set_tests_properties(package/test_build PROPERTIES TIMEOUT 900)
      add_test(NAME package/test_package
               COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/package/test_package.py ${PROJECT_SOURCE_DIR}
                       ${PROJECT_BINARY_DIR} ${CMAKE_C_COMPILER})
    endif()
    # long ones first, so that none of them is left alone at the end
    set(minutes python/test_python cli/test_pages package/test_build env/test_newest_mujoco cli/test_export cli/test_memory cli/test_experiment
                cli/test_solve cli/test_cli cli/test_attack game/test_certificate)
    foreach(name ${minutes})
      if(TEST ${name})
        set_tests_properties(${name} PROPERTIES COST 100)
      endif()
    endforeach()
    if(DURO_SANITIZE) # a quarter of an hour of kills, signals, compilers and many small jobs, whose code the others play too
      set_tests_properties(cli/test_check cli/test_kills cli/test_process cli/test_starts cli/test_tables cli/test_tune
                           cli/test_worker PROPERTIES DISABLED TRUE)
    endif()
  endif()
endif()
