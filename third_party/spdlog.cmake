# spdlog 1.10, MIT. Log sinks. Header-only: one file uses it.
# Headers: spdlog/*
# May appear in: libagent/base/log.cpp
find_path(SPDLOG_INCLUDE_DIR spdlog/spdlog.h REQUIRED)
add_library(agent_spdlog INTERFACE)
target_include_directories(agent_spdlog SYSTEM INTERFACE $<BUILD_INTERFACE:${SPDLOG_INCLUDE_DIR}>)
target_compile_definitions(agent_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
