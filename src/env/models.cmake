# models/<name>.xml becomes generated/models/<name>.h, an array model_<name>, so that the binary needs no files
file(GLOB models CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/models/*.xml)
foreach(model ${models})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${model})
  get_filename_component(name ${model} NAME_WE)
  file(READ ${model} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(CONFIGURE OUTPUT generated/models/${name}.h
       CONTENT "/* models/${name}.xml */\nstatic const unsigned char model_${name}[] = {${bytes}};\n" @ONLY)
endforeach()
