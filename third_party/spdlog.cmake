# spdlog 1.10, MIT. Log sinks. May appear in libagent/base/log.cpp only.
find_package(spdlog 1.10 REQUIRED)
