#include "examples/logkit-agent/read/checkpoint.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.hpp"

using namespace logkit;

namespace {

FilePosition at(const std::string& id, std::uint64_t offset, const std::string& path = "/var/log/a") {
  return {id, path, {"uuid:1", 42, 100, 7}, 1, offset, 9};
}

void put(Checkpoint& checkpoint, const FilePosition& position) { checkpoint.put({&position, 1}); }

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("A checkpoint is what was put last and comes back", "[examples]") {
  const test::TempDir dir;
  {
    Checkpoint checkpoint(dir.file("a"));
    put(checkpoint, at("1", 10, "/var/log/\xFF"));
    put(checkpoint, at("2", 20));
    put(checkpoint, at("2", 30));
    put(checkpoint, at("3", 1));
    checkpoint.forget("3");
  }
  const Checkpoint checkpoint(dir.file("a"));
  CHECK(checkpoint.damaged() == 0);
  REQUIRE(checkpoint.positions().size() == 2);
  CHECK(checkpoint.positions().at("1") == at("1", 10, "/var/log/\xFF"));
  CHECK(checkpoint.positions().at("2").offset == 30);
}

TEST_CASE("A checkpoint knows when a file was seen empty", "[examples]") {
  FilePosition position;
  position.id = "1";
  position.empty_at_ns = 1'700'000'000'123'456'789;
  FilePosition read;
  REQUIRE(read_checkpoint_line(checkpoint_line(position), read));
  CHECK(read == position);
}

TEST_CASE("A damaged or torn line of a checkpoint leaves the position before it", "[examples]") {
  const test::TempDir dir;
  {
    Checkpoint checkpoint(dir.path());
    put(checkpoint, at("1", 10));
    put(checkpoint, at("1", 20));
  }
  const std::string whole = read(dir.file("checkpoint"));
  const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t i = last; i < whole.size(); ++i) {
    write(dir.file("checkpoint"), whole.substr(0, i));
    const std::uint64_t offset = Checkpoint(dir.path()).positions().at("1").offset;
    CHECK(offset == (i + 1 == whole.size() ? 20 : 10));
  }
  for (std::size_t i = last; i + 1 < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    write(dir.file("checkpoint"), damaged);
    CHECK(Checkpoint(dir.path()).positions().at("1").offset == 10);
  }
  write(dir.file("checkpoint"), whole.substr(0, whole.size() - 5));
  {
    Checkpoint checkpoint(dir.path());
    put(checkpoint, at("1", 30));
  }
  CHECK(Checkpoint(dir.path()).positions().at("1").offset == 30);
}

TEST_CASE("A checkpoint whose snapshot is damaged takes what the file before it has", "[examples]") {
  const test::TempDir dir;
  {
    Checkpoint checkpoint(dir.path());
    for (int i = 0; i < 5000; ++i) put(checkpoint, at(std::to_string(i % 50), static_cast<std::uint64_t>(i)));
  }
  REQUIRE(std::filesystem::exists(dir.file("checkpoint.old")));
  std::string text = read(dir.file("checkpoint"));
  for (std::size_t at = text.find('\n'); at < 2000; ++at) text[at] = 'x';
  write(dir.file("checkpoint"), text);
  const Checkpoint checkpoint(dir.path());
  CHECK(checkpoint.damaged() > 0);
  CHECK(checkpoint.positions().size() == 50);
  for (const auto& [id, position] : checkpoint.positions()) CHECK(position.offset > 0);
}

// LIBAGENT_SOAK=1: a million.
TEST_CASE("A checkpoint of very many files that came and went stays small", "[examples][soak]") {
  const int files = std::getenv("LIBAGENT_SOAK") == nullptr ? 20'000 : 1'000'000;
  const test::TempDir dir;
  Checkpoint checkpoint(dir.path());
  for (int i = 0; i < files; ++i) {
    put(checkpoint, at(std::to_string(i), 1));
    checkpoint.forget(std::to_string(i));
  }
  CHECK(checkpoint.positions().empty());
  CHECK(std::filesystem::file_size(dir.file("checkpoint")) < 600'000);
}

TEST_CASE("A checkpoint whose directory is removed is made again", "[examples]") {
  const test::TempDir dir;
  Checkpoint checkpoint(dir.file("a"));
  put(checkpoint, at("1", 10));
  std::filesystem::remove_all(dir.file("a"));
  checkpoint.sync();
  CHECK(Checkpoint(dir.file("a")).positions().at("1").offset == 10);
}

TEST_CASE("A checkpoint of another version is passed over", "[examples]") {
  const test::TempDir dir;
  write(dir.file("checkpoint"), "00000000 {\"v\":9,\"id\":\"1\"}\nnonsense\n");
  const Checkpoint checkpoint(dir.path());
  CHECK(checkpoint.positions().empty());
  CHECK(checkpoint.damaged() == 2);
}
