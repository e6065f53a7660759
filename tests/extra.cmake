# tests that are no C programs
if(DURO_TESTS)
  find_package(Python3 COMPONENTS Interpreter)
  if(Python3_FOUND)
    add_test(NAME cli/test_cli COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/cli/test_cli.py $<TARGET_FILE:duro>)
    set_tests_properties(cli/test_cli PROPERTIES TIMEOUT 900)
  endif()
endif()
