#include "examples/logkit-agent/run/cleaner.hpp"

#include <agent/error.hpp>
#include <catch2/catch.hpp>

#include "examples/logkit-agent/run/check_runner.hpp"

using namespace logkit;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kHour = std::chrono::nanoseconds(1h).count();
constexpr std::int64_t kNow = 1000 * kHour;

// Written to so many hours ago.
EntryFile file_of(const std::string& path, std::int64_t hours, std::uint64_t size = 100,
                  bool is_finished = true) {
  return {path, {1, size}, size, kNow - hours * kHour, is_finished};
}

FileSource source_of(ReadMode mode, const std::string& path = "/d") {
  FileSource source;
  source.mode = mode;
  source.log_path = path;
  return source;
}

CleanerOptions limits(std::size_t files, std::uint64_t bytes) { return {true, 300s, files, bytes}; }

std::string chosen(const std::vector<EntryFile>& files, const FileSource& source,
                   const CleanerOptions& options) {
  std::string names;
  for (const EntryFile& file : choose_files(files, source, options, kNow)) names += file.path + " ";
  return names;
}

CleanerOptions options_of(const std::string& cleaner, const std::string& reader = R"("mode": "file")") {
  RunnerConfig config =
      parse_runner(R"({"name": "a", "reader": {)" + reader + R"(, "log_path": "/var/log/a"}, "cleaner": )" +
                   cleaner + R"(, "senders": [{"sender_type": "discard"}]})");
  check_runner(config);
  return read_cleaner_options(config);
}

}  // namespace

TEST_CASE("The newest of the delivered files stay as far as they are within both limits", "[examples]") {
  const std::vector<EntryFile> files{file_of("/d/log2", 3, 20), file_of("/d/log4", 1, 5, false),
                                     file_of("/d/log1", 4, 10), file_of("/d/log3", 2, 30)};
  const FileSource source = source_of(ReadMode::dir);
  CHECK(chosen(files, source, limits(1, 1 << 20)) == "/d/log1 /d/log2 ");
  CHECK(chosen(files, source, limits(10, 29)) == "/d/log1 /d/log2 /d/log3 ");
  CHECK(chosen(files, source, limits(10, 30)) == "/d/log1 /d/log2 ");
  CHECK(chosen(files, source, limits(10, 60)).empty());
  CHECK(chosen(files, source, limits(0, 0)).empty());
  CHECK(chosen(files, source, limits(2, 0)) == "/d/log1 ");
  CHECK(chosen(files, source, {}).empty());
}

TEST_CASE("Files that are live or not delivered are never deleted by number or size", "[examples]") {
  const CleanerOptions options = limits(1, 1);
  const std::vector<EntryFile> rotated{file_of("/d/a.log", 5), file_of("/d/a.log.1", 3),
                                       file_of("/d/a.log.2", 9), file_of("/d/a.log.3", 10, 100, false)};
  // The path of mode file, however old, and the newest one, which has been renamed a moment ago.
  CHECK(chosen(rotated, source_of(ReadMode::file, "/d/a.log"), options) == "/d/a.log.2 ");
  CHECK(chosen(rotated, source_of(ReadMode::tailx, "/d/*"), options) == "/d/a.log.2 /d/a.log ");
  const std::vector<EntryFile> logs{file_of("/d/a.log", 5), file_of("/d/b.log", 6), file_of("/e/a.log", 7),
                                    file_of("", 8)};
  CHECK(chosen(logs, source_of(ReadMode::tailx, "/*/*"), options).empty());
  CHECK(chosen(logs, source_of(ReadMode::dirx, "/*"), options) == "/d/b.log ");
  std::vector<EntryFile> young{file_of("/d/1", 0), file_of("/d/2", 0)};
  young[0].modified_ns -= std::chrono::nanoseconds(9min).count();
  CHECK(chosen(young, source_of(ReadMode::dir), options).empty());
  young[0].modified_ns -= std::chrono::nanoseconds(1min).count();
  CHECK(chosen(young, source_of(ReadMode::dir), options) == "/d/1 ");
}

TEST_CASE("All that was delivered and not written to for so long goes with expire_delete", "[examples]") {
  FileSource source = source_of(ReadMode::tailx, "/d/*");
  source.expire_delete = 2h;
  const std::vector<EntryFile> files{file_of("/d/a", 2), file_of("/d/b", 3), file_of("/d/c", 1),
                                     file_of("/d/d", 9, 100, false)};
  CHECK(chosen(files, source, {}) == "/d/b /d/a ");
  CHECK(deletes_any({}, source));
}

TEST_CASE("The options of a cleaner are those of logkit and files only have them", "[examples]") {
  const CleanerOptions none = options_of("{}");
  CHECK_FALSE(none.is_enabled);
  CHECK(none.interval == 300s);
  CHECK(none.reserved_files == 10);
  CHECK(none.reserved_bytes == 2048ULL << 20);
  const CleanerOptions some = options_of(
      R"({"delete_enable": "true", "delete_interval": "60", "reserve_file_number": "3", "reserve_file_size": 1})");
  CHECK(some.is_enabled);
  CHECK(some.interval == 60s);
  CHECK(some.reserved_files == 3);
  CHECK(some.reserved_bytes == 1 << 20);
  CHECK_THROWS_WITH(options_of(R"({"reserve_file_number": "x"})"),
                    "cleaner: reserve_file_number: 'x' is no number");
  CHECK_THROWS_WITH(options_of(R"({"delete_enable": true})", R"("mode": "stdin")"),
                    "cleaner: delete_enable: only readers of files have something to delete");
}
