# fmt 9.1, MIT. Text formatting.
# Headers: fmt/*
# May appear in: *.cpp libagent/include/*
find_package(fmt 9 REQUIRED)
