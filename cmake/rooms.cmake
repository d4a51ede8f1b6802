# stet_room(NAME FILES file…): the static library stet_NAME. Links what rooms may link by themselves:
# the words. Third-party libraries are added by the room, PRIVATE.
function(stet_room name)
  cmake_parse_arguments(ROOM "" "" "FILES" ${ARGN})
  add_library(stet_${name} STATIC ${ROOM_FILES})
  target_link_libraries(stet_${name} PRIVATE stet_compiling)
  if(name STREQUAL "core")
    target_include_directories(stet_core PUBLIC
      $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
    target_link_libraries(stet_core PUBLIC Boost::headers)
  else()
    target_link_libraries(stet_${name} PUBLIC stet_core)
  endif()
  target_include_directories(stet_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  stet_precompiled(stet_${name})
endfunction()

# stet_program(NAME FILES file… LINK target…): an executable of ours that may include from the root.
function(stet_program name)
  cmake_parse_arguments(P "" "" "FILES;LINK" ${ARGN})
  add_executable(${name} ${P_FILES})
  target_link_libraries(${name} PRIVATE stet_compiling ${P_LINK})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  stet_precompiled(${name})
endfunction()

# stet_tests(ROOM FILES file… [LINK target…]): the executable ROOM_tests, one ctest per test case. It links
# core and its room alone, so that a room which needs another does not link.
function(stet_tests room)
  cmake_parse_arguments(T "" "" "FILES;LINK" ${ARGN})
  stet_program(${room}_tests FILES ${T_FILES} LINK stet_test_support ${T_LINK} doctest::doctest)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${room}_tests.cmake)
  add_custom_command(TARGET ${room}_tests POST_BUILD VERBATIM BYPRODUCTS ${list}
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${room}_tests> -DLIST=${list}
      -P ${CMAKE_SOURCE_DIR}/cmake/list_tests.cmake)
  # ctest reads this one, which also serves a tree that is built in part.
  set(included ${CMAKE_CURRENT_BINARY_DIR}/${room}_tests_included.cmake)
  file(CONFIGURE OUTPUT ${included} @ONLY CONTENT [=[
if(EXISTS [==[@list@]==])
  include([==[@list@]==])
else()
  add_test(@room@/not_built @room@_not_built)
endif()
]=])
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${included})
endfunction()

# stet_fuzz(NAME FILE [LINK target…]): with STET_FUZZ a libFuzzer target fuzz_NAME; without, a test that
# replays tests/fuzz/corpus/NAME through the same code.
function(stet_fuzz name file)
  cmake_parse_arguments(F "" "" "LINK" ${ARGN})
  if(STET_FUZZ)
    stet_program(fuzz_${name} FILES ${file} LINK ${F_LINK})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/targets)
    add_dependencies(fuzzers fuzz_${name})
  else()
    stet_program(fuzz_${name} FILES ${file} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_corpus.cpp LINK ${F_LINK})
    add_test(NAME fuzz/${name} COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  endif()
endfunction()

# stet_stress(NAME FILE… [QUICK argument…] [FULL argument…] [LINK target…]): a long suite, the program
# stress_NAME. With the arguments QUICK it is also a test; `./dev stress` runs it with FULL. It prints what it
# did as its last line, and exits with 0 when all was well.
function(stet_stress name)
  cmake_parse_arguments(S "" "" "QUICK;FULL;LINK" ${ARGN})
  stet_program(stress_${name} FILES ${S_UNPARSED_ARGUMENTS} LINK ${S_LINK})
  set_target_properties(stress_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/stress)
  list(JOIN S_FULL "\n" arguments)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/stress/${name}.arguments CONTENT "${arguments}")
  add_dependencies(stresses stress_${name})
  if(S_QUICK AND BUILD_TESTING)
    add_test(NAME stress/${name} COMMAND stress_${name} ${S_QUICK})
  endif()
endfunction()

# stet_stress_script(NAME SCRIPT TARGET [FULL argument…]): the same for a Python script. It gets the path of
# the program TARGET before its arguments.
function(stet_stress_script name script target)
  cmake_parse_arguments(S "" "" "FULL" ${ARGN})
  set(directory ${CMAKE_BINARY_DIR}/stress)
  file(GENERATE OUTPUT ${directory}/stress_${name}
    CONTENT "#!/bin/sh\nexec '${Python3_EXECUTABLE}' '${script}' '$<TARGET_FILE:${target}>' \"$@\"\n"
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  list(JOIN S_FULL "\n" arguments)
  file(GENERATE OUTPUT ${directory}/${name}.arguments CONTENT "${arguments}")
  add_dependencies(stresses ${target})
endfunction()

# stet_bench(NAME FILE… [LINK target…]): the benchmark bench_NAME. It prints its figures (bench/figures.hpp)
# and exits with 0 when every target holds, 1 when one falls short.
function(stet_bench name)
  cmake_parse_arguments(B "" "" "LINK" ${ARGN})
  stet_program(bench_${name} FILES ${B_UNPARSED_ARGUMENTS} LINK stet_figures ${B_LINK})
  set_target_properties(bench_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  add_dependencies(benches bench_${name})
endfunction()

# What ./dev builds at once: they exist even where nothing belongs to them.
foreach(all fuzzers stresses benches)
  add_custom_target(${all})
endforeach()
