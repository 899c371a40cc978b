# spdlog 1.10, MIT. Log sinks.
# Headers: spdlog/*
# May appear in: libagent/base/log.cpp
find_package(spdlog 1.10 REQUIRED)
