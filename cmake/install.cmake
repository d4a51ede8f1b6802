# `cmake --install`: the program and its papers. The rooms are not a library for others yet.
include(GNUInstallDirs)
if(TARGET stet)
  install(TARGETS stet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
  install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
endif()
