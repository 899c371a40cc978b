# Catch2 2.13 (one header), Boost licence. Tests. May appear in tests/ only.
find_package(Catch2 2.13 REQUIRED)
include(Catch)
