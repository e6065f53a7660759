# the templates of exported C, as text in the library
foreach(part c_source c_header grid_source grid_header certificate_source certificate_header doubles_source)
  string(REGEX MATCH "^[^_]+" what ${part})
  string(REGEX REPLACE "^c$" "policy" what ${what})
  set(template ${PROJECT_SOURCE_DIR}/src/export/${what}.c.in)
  if(part MATCHES "header")
    set(template ${PROJECT_SOURCE_DIR}/src/export/${what}.h.in)
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${template})
  file(READ ${template} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(CONFIGURE OUTPUT generated/export_${part}.h
       CONTENT "/* Made by src/export/templates.cmake. */\nstatic const char export_${part}[] = {${bytes}0};\n" @ONLY)
endforeach()
