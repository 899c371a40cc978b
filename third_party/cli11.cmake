# CLI11 2.1, BSD. Command lines.
# Headers: CLI/*
# May appear in: libagent/core/main.cpp libagent/host/service/service_command_line.cpp server/command_line.cpp server/agentctl/ctl_command_line.cpp server/schema_upgrade/upgrade_command_line.cpp manifest/lint_main.cpp
find_package(CLI11 2.1 REQUIRED)
