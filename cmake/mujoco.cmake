option(DURO_MUJOCO_LATE "MuJoCo's library is opened when it is needed, not linked" OFF)
if(DURO_MUJOCO AND DURO_MUJOCO_LATE)
  include(${CMAKE_CURRENT_LIST_DIR}/mujoco_late.cmake)
  return()
endif()

# MuJoCo: the system's package, or the release in the folder -DMUJOCO_DIR= with include/ and lib/ (tools/fetch-mujoco), and
# then no other
if(DURO_MUJOCO)
  if(NOT "${MUJOCO_DIR}" STREQUAL "${MUJOCO_FOUND_IN}") # another folder than last time
    unset(MUJOCO_INCLUDE CACHE)
    unset(MUJOCO_LIBRARY CACHE)
    unset(MUJOCO_RUNS CACHE)
  endif()
  set(MUJOCO_FOUND_IN "${MUJOCO_DIR}" CACHE INTERNAL "where MuJoCo was sought")
  if(MUJOCO_DIR)
    get_filename_component(folder "${MUJOCO_DIR}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    find_path(MUJOCO_INCLUDE mujoco/mujoco.h PATHS ${folder}/include NO_DEFAULT_PATH)
    find_library(MUJOCO_LIBRARY mujoco PATHS ${folder}/lib NO_DEFAULT_PATH)
    list(APPEND CMAKE_INSTALL_RPATH ${folder}/lib)
    if(NOT MUJOCO_INCLUDE OR NOT MUJOCO_LIBRARY)
      message(FATAL_ERROR "MUJOCO_DIR: ${folder} does not hold include/mujoco/mujoco.h and lib/libmujoco.so")
    endif()
  else()
    find_path(MUJOCO_INCLUDE mujoco/mujoco.h)
    find_library(MUJOCO_LIBRARY mujoco)
    if(NOT MUJOCO_INCLUDE OR NOT MUJOCO_LIBRARY)
      message(FATAL_ERROR "MuJoCo was not found: install libmujoco-dev, fetch a release with tools/fetch-mujoco and pass "
                          "-DMUJOCO_DIR=, or use -DDURO_MUJOCO=OFF")
    endif()
  endif()

  # headers and library of one version
  if(NOT CMAKE_CROSSCOMPILING AND NOT DEFINED MUJOCO_RUNS)
    set(program ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/mujoco_version.c)
    file(WRITE ${program} "#include <stdio.h>\n#include <mujoco/mujoco.h>\nint main(void) {\n"
                          "  printf(\"%d %d\", mjVERSION_HEADER, mj_version());\n"
                          "  return mj_version() != mjVERSION_HEADER;\n}\n")
    try_run(MUJOCO_RUNS MUJOCO_COMPILES ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/mujoco_version ${program}
            CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${MUJOCO_INCLUDE}" LINK_LIBRARIES ${MUJOCO_LIBRARY}
            COMPILE_OUTPUT_VARIABLE said RUN_OUTPUT_VARIABLE versions)
    if(NOT MUJOCO_COMPILES OR NOT MUJOCO_RUNS EQUAL 0)
      unset(MUJOCO_RUNS CACHE) # look again next time
      message(FATAL_ERROR "MuJoCo in ${MUJOCO_INCLUDE} and ${MUJOCO_LIBRARY} do not go together "
                          "(versions ${versions}); wanted headers and library of one release\n${said}")
    endif()
  endif()
endif()
