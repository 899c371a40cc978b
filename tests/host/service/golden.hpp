// Golden files: what was printed once, read by a person, and kept. UPDATE_GOLDEN=1 writes them anew.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/places.hpp"

namespace test {

inline std::string golden_path(const std::string& name) {
  return source_path("tests/host/service/golden/" + name + ".txt");
}

// What the file says; `text` itself when the files are being written.
inline std::string golden(const std::string& name, const std::string& text) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(source_path("tests/host/service/golden"));
    std::ofstream(golden_path(name)) << text;
    return text;
  }
  std::ifstream file(golden_path(name));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace test
