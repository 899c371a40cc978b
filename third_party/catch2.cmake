# Catch2 2.13 (one header), Boost licence. Tests.
# Headers: catch2/*
# May appear in: tests/*
find_package(Catch2 2.13 QUIET)
if(Catch2_FOUND)
  include(Catch)
else()
  # Whoever only builds and runs needs no tests (`make run`); `make test` installs it.
  message(STATUS "The tests are left out: Catch2 2.13 is not installed")
  set(LIBAGENT_TESTS OFF)
endif()
