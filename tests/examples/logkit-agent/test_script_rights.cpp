#include "examples/logkit-agent/read/script_rights.hpp"

#include <sys/stat.h>

#include <agent/error.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"

using namespace logkit;

namespace {

struct Scene {
  Scene() {
    for (const char* name : {"scripts", "scripts/more", "other"}) make(name);
    add("scripts/a");
    add("scripts/more/b");
    add("other/c");
  }
  void make(const std::string& name) const {
    std::filesystem::create_directories(dir.file(name));
    ::chmod(dir.file(name).c_str(), 0755);
  }
  void add(const std::string& name) const { ::chmod(dir.write(name, "#!/bin/sh\n").c_str(), 0755); }
  std::string why(const std::string& name) const {
    try {
      ScriptRights({dir.file("scripts")}).check(dir.file(name));
    } catch (const agent::Error& error) {
      return error.what();
    }
    return {};
  }
  bool is_denied(const std::string& name, const char* part) const {
    INFO(name << ": " << why(name));
    return why(name).find(part) != std::string::npos;
  }

  test::TempDir dir;
};

}  // namespace

TEST_CASE("Programs below the directories may be run and no others", "[examples]") {
  const Scene scene;
  const ScriptRights rights({scene.dir.file("none"), scene.dir.file("scripts")});
  CHECK(rights.check(scene.dir.file("scripts/a")) == scene.dir.file("scripts/a"));
  CHECK(rights.check(scene.dir.file("scripts/more/../more/b")) == scene.dir.file("scripts/more/b"));
  CHECK(scene.is_denied("other/c", "not below a directory of logkit.scripts"));
  CHECK(scene.is_denied("scripts/../other/c", "not below"));
  CHECK(scene.is_denied("scripts/none", "No such file"));
  CHECK(scene.is_denied("scripts/more", "not a regular file"));
  CHECK_FALSE(ScriptRights().allows_any());
  CHECK_THROWS_AS(ScriptRights().check(scene.dir.file("scripts/a")), agent::Error);
}

TEST_CASE("A link out of the directories leads to no program", "[examples]") {
  const Scene scene;
  std::filesystem::create_symlink(scene.dir.file("other/c"), scene.dir.file("scripts/link"));
  std::filesystem::create_symlink(scene.dir.file("other"), scene.dir.file("scripts/links"));
  std::filesystem::create_symlink(scene.dir.file("scripts/a"), scene.dir.file("scripts/inner"));
  CHECK(scene.is_denied("scripts/link", "not below"));
  CHECK(scene.is_denied("scripts/links/c", "not below"));
  CHECK(scene.why("scripts/inner").empty());
}

TEST_CASE("A program that others may change is not run", "[examples]") {
  const Scene scene;
  const auto try_mode = [&](const std::string& of, unsigned mode) {
    const std::string path = scene.dir.file(of);
    ::chmod(path.c_str(), mode);
    const std::string reason = scene.why("scripts/more/b");
    ::chmod(path.c_str(), 0755);
    return reason.find("may change it") != std::string::npos;
  };
  CHECK(try_mode("scripts/more/b", 0775));
  CHECK(try_mode("scripts/more/b", 0757));
  CHECK(try_mode("scripts/more", 01777));
  CHECK(try_mode("scripts", 0775));
  CHECK_FALSE(try_mode("scripts", 0700));
}
