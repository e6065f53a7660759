# the templates of exported C, as text in the library
foreach(part source header)
  set(template ${PROJECT_SOURCE_DIR}/src/export/policy.c.in)
  if(part STREQUAL "header")
    set(template ${PROJECT_SOURCE_DIR}/src/export/policy.h.in)
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${template})
  file(READ ${template} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(CONFIGURE OUTPUT generated/export_c_${part}.h
       CONTENT "/* Made by src/export/templates.cmake. */\nstatic const char export_c_${part}[] = {${bytes}0};\n" @ONLY)
endforeach()
