# CLI11 2.1, BSD. Command lines.
# Headers: CLI/*
# May appear in: libagent/core/main.cpp server/command_line.cpp
find_package(CLI11 2.1 REQUIRED)
