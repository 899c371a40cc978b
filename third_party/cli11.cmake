# CLI11 2.1, BSD. Command lines. May appear in libagent/core/main.cpp and server/command_line.cpp.
find_package(CLI11 2.1 REQUIRED)
