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
endfunction()

# stet_tests(ROOM FILES file… [LINK target…]): the executable ROOM_tests, one ctest per test case. It links core and
# its room alone, so that a room which needs another does not link.
function(stet_tests room)
  cmake_parse_arguments(T "" "" "FILES;LINK" ${ARGN})
  add_executable(${room}_tests ${T_FILES})
  target_link_libraries(${room}_tests PRIVATE stet_compiling stet_test_support ${T_LINK} doctest::doctest)
  target_include_directories(${room}_tests PRIVATE ${CMAKE_SOURCE_DIR})
  add_test(NAME ${room} COMMAND ${room}_tests)
endfunction()

# stet_fuzz(NAME FILE [LINK target…]): with STET_FUZZ a libFuzzer target fuzz_NAME; always a test that replays
# tests/fuzz/corpus/NAME through the same code.
function(stet_fuzz name file)
  cmake_parse_arguments(F "" "" "LINK" ${ARGN})
  if(STET_FUZZ)
    add_executable(fuzz_${name} ${file})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(fuzz_${name} ${file} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_corpus.cpp)
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  endif()
  target_link_libraries(fuzz_${name} PRIVATE stet_compiling ${F_LINK})
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR})
endfunction()
