# Catch2 2.13 (one header), Boost licence. Tests.
# Headers: catch2/*
# May appear in: tests/*
find_package(Catch2 2.13 REQUIRED)
include(Catch)
