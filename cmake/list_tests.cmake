# Run after PROGRAM (a doctest executable) is linked: writes LIST, which ctest includes, with one test per
# case. What means something to doctest's filter or to CMake is matched by the wildcard `?`.
execute_process(COMMAND ${PROGRAM} --list-test-cases --no-version --no-colors
  OUTPUT_VARIABLE output RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} --list-test-cases ended with ${result}:\n${output}")
endif()
string(REGEX REPLACE "[][;\\\\]" "?" output "${output}")
string(REPLACE "\n" ";" lines "${output}")
set(script "")
foreach(line IN LISTS lines)
  if(line STREQUAL "" OR line MATCHES "^(===|\\?doctest\\?)")
    continue()
  endif()
  string(REGEX REPLACE "[,\"$*]" "?" filter "${line}")
  string(APPEND script
    "add_test([=[${line}]=] [=[${PROGRAM}]=] [=[--test-case=${filter}]=] --no-version)\n"
    "set_tests_properties([=[${line}]=] PROPERTIES TIMEOUT 300)\n")
endforeach()
file(WRITE ${LIST} "${script}")
