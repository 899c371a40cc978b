# fmt 9.1, MIT. Text formatting. May appear in any .cpp file and in agent/log.hpp.
find_package(fmt 9 REQUIRED)
