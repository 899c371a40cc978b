# fmt 9.1, MIT. Text formatting. Header-only: the shared library would bring the shared libstdc++ with it,
# which costs every agent 1.7 MB (docs/decisions/small-programs.md).
# Headers: fmt/*
# May appear in: *.cpp libagent/include/*
find_package(fmt 9 REQUIRED)
