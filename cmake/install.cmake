# `cmake --install`: the program (tools/ says so itself) and its papers, laid out as they are here, so that
# their links lead somewhere. The rooms are no library for others.
include(GNUInstallDirs)
install(FILES LICENSE README.md CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR}
  FILES_MATCHING PATTERN "*.md" PATTERN "*.schema.json")
# What the file format is measured by.
install(DIRECTORY tests/vectors DESTINATION ${CMAKE_INSTALL_DOCDIR}/tests FILES_MATCHING PATTERN "*.json")
# Whole declared worlds; their initial states are published elsewhere.
install(DIRECTORY worlds DESTINATION ${CMAKE_INSTALL_DATADIR}/stet)
