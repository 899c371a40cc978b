# CLI11 2.1, BSD. Command lines.
# Headers: CLI/*
# May appear in: libagent/core/main.cpp libagent/host/service/service_command_line.cpp server/command_line.cpp
find_package(CLI11 2.1 REQUIRED)
