// What the public headers give away: the version, and nothing of what is inside.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "agent/version.hpp"

namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("The version of the headers is that of the project", "[core]") {
  using namespace agent;
  CHECK(kVersion == PROJECT_VERSION_TEXT);
  CHECK(std::to_string(kVersionMajor) + "." + std::to_string(kVersionMinor) + "." +
            std::to_string(kVersionPatch) ==
        kVersion);
}

TEST_CASE("Public headers name no executor, no inside of an agent and no document that is not here",
          "[core]") {
  std::size_t headers = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(PUBLIC_HEADERS)) {
    if (entry.path().extension() != ".hpp") continue;
    ++headers;
    const std::string text = text_of(entry.path());
    INFO(entry.path());
    for (const char* inside : {"any_io_executor", "io_context", " state()", "core::make_", "wire protocol,",
                               "seed 0", "reference agent", "reference HTTP"}) {
      CHECK_THAT(text, !Catch::Contains(inside));
    }
  }
  CHECK(headers > 30);
}
