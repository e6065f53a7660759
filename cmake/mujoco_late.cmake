# MuJoCo's library is not linked: it is opened where duro_env_mujoco_open says, as the Python package does with the one of
# the package mujoco. Only headers are needed to build; without them there is no MuJoCo.
find_package(Python 3.9 REQUIRED COMPONENTS Interpreter)
execute_process(COMMAND ${Python_EXECUTABLE} -c "import importlib.util as u, os; s = u.find_spec('mujoco'); \
print(os.path.join(list(s.submodule_search_locations)[0], 'include') if s else '')"
                OUTPUT_VARIABLE wheel OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(MUJOCO_DIR)
  set(wheel ${MUJOCO_DIR}/include)
endif()
unset(MUJOCO_INCLUDE CACHE) # the folder of a build that pip made is another one each time
find_path(MUJOCO_INCLUDE mujoco/mujoco.h PATHS "${wheel}" NO_DEFAULT_PATH)
set(MUJOCO_LIBRARY)
if(NOT MUJOCO_INCLUDE)
  message(STATUS "no headers of MuJoCo in the package mujoco: a build without it")
  set(DURO_MUJOCO OFF)
  return()
endif()

# every function that the sources call and these headers declare, and the two hooks
file(GLOB sources ${PROJECT_SOURCE_DIR}/src/env/*mujoco*.c)
file(READ ${MUJOCO_INCLUDE}/mujoco/mujoco.h declared)
set(names mju_user_error mju_user_warning)
foreach(source ${sources})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} lines REGEX "mj[uv]?_")
  string(REGEX MATCHALL "mj[uv]?_[A-Za-z0-9]+\\(" found "${lines}")
  list(APPEND names ${found})
endforeach()
list(TRANSFORM names REPLACE "\\($" "")
list(REMOVE_DUPLICATES names)
list(SORT names)
set(list)
set(declarations)
foreach(name ${names})
  string(FIND "${declared}" "${name}" at)
  if(at GREATER -1)
    string(APPEND list " X(${name})")
    string(APPEND declarations "extern __typeof__(${name}) *late_${name};\n#define ${name} (*late_${name})\n")
  endif()
endforeach()
file(CONFIGURE OUTPUT generated/mujoco_late.h CONTENT "/* Made by cmake/mujoco_late.cmake. */
#ifndef DURO_MUJOCO_LATE_H
#define DURO_MUJOCO_LATE_H
#include <mujoco/mujoco.h>
${declarations}#define MUJOCO_LATE(X)${list}
#endif
" @ONLY)
set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "-include;${PROJECT_BINARY_DIR}/generated/mujoco_late.h")
