# fmt 9.1, MIT. Text formatting.
# Headers: fmt/*
# May appear in: *.cpp libagent/include/agent/log.hpp
find_package(fmt 9 REQUIRED)
