#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "agent/error.hpp"
#include "base/digest.hpp"
#include "host/log_archive.hpp"
#include "tests/host/sample_tree.hpp"

namespace agent::host {
namespace {

using Paths = std::vector<std::string>;

std::string output_of(const std::string& command) {
  std::unique_ptr<FILE, decltype(&pclose)> pipe(popen(command.c_str(), "r"), &pclose);
  REQUIRE(pipe);
  std::string out;
  std::array<char, 4096> block{};
  for (std::size_t n = 0; (n = fread(block.data(), 1, block.size(), pipe.get())) > 0;)
    out.append(block.data(), n);
  return out;
}

std::string whole(const LogArchive& archive) { return archive.read(0, archive.size()); }

// What a foreign reader, Python's zipfile, finds: "name size method year md5" a line, then the archive's md5.
std::string read_with_python(const LogArchive& archive) {
  SampleTree work;
  work.write("a.zip", whole(archive));
  work.write("read.py",
             "import hashlib, sys, zipfile\n"
             "zip = zipfile.ZipFile(sys.argv[1])\n"
             "assert zip.testzip() is None\n"
             "for i in zip.infolist():\n"
             "    print(i.filename, i.file_size, i.compress_type, i.date_time[0], "
             "hashlib.md5(zip.read(i)).hexdigest())\n"
             "print('archive', hashlib.md5(open(sys.argv[1], 'rb').read()).hexdigest())\n");
  return output_of("python3 " + work.path("read.py") + " " + work.path("a.zip") + " 2>&1");
}

std::size_t open_descriptors() {
  auto entries = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

struct Refusal {
  Errc code;
  std::string text;
};

Refusal refusal(const Paths& allowed, const Paths& names, std::uint64_t max_bytes = kMaxLogArchive,
                const std::filesystem::path& temp_dir = {}) {
  try {
    LogArchive archive(allowed, names, max_bytes, temp_dir);
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  FAIL("packed it");
  return {};
}

void set_time(const std::string& path, std::int64_t seconds) {
  timespec times[2] = {{seconds, 0}, {seconds, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

// Files may not grow beyond `bytes` while it lives, as if the disk were full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*signal_)(int);
  rlimit before_{};
};

TEST_CASE("The list has the regular files with size and time, in the order given", "[host]") {
  SampleTree tree;
  tree.write("a.log", "hello").write("a.log.1", "");
  REQUIRE(::symlink("/etc/hostname", tree.path("a.log.2").c_str()) == 0);
  auto files = list_logs(
      {tree.path("a.log.1"), tree.path("a.log"), tree.path("a.log.2"), tree.path("a.log.3"), tree.root()});
  REQUIRE(files.size() == 2);
  CHECK(files[0].name == "a.log.1");
  CHECK(files[0].size == 0);
  CHECK(files[1].name == "a.log");
  CHECK(files[1].size == 5);
  CHECK(std::chrono::system_clock::now() - files[1].modified < std::chrono::hours(1));
}

TEST_CASE("No log files are an empty list", "[host]") { CHECK(list_logs({}).empty()); }

TEST_CASE("A foreign zip reader finds the files under their base names, stored", "[host]") {
  SampleTree tree;
  tree.write("logs/a.log", "hello")
      .write("logs/a.log.1", "")
      .write("logs/a.log.2", std::string(300'000, 'x'));
  Paths paths{tree.path("logs/a.log"), tree.path("logs/a.log.1"), tree.path("logs/a.log.2")};
  for (const std::string& path : paths) set_time(path, 1700000000);
  LogArchive archive(paths, {"a.log.2", "a.log", "a.log.1"});
  CHECK(read_with_python(archive) ==
        "a.log.2 300000 0 2023 d408ed46ebcc326f9e7c6bb9c77af1cd\n"
        "a.log 5 0 2023 5d41402abc4b2a76b9719d911017c592\n"
        "a.log.1 0 0 2023 d41d8cd98f00b204e9800998ecf8427e\n"
        "archive " +
            hex(archive.md5()) + "\n");
}

TEST_CASE("The blocks of an archive join to the whole", "[host]") {
  SampleTree tree;
  tree.write("a.log", std::string(100'000, 'x'));
  LogArchive archive({tree.path("a.log")}, {"a.log"});
  std::string joined;
  while (joined.size() < archive.size()) joined += archive.read(joined.size(), 32'000);
  CHECK(joined == whole(archive));
  CHECK(archive.read(archive.size(), 32'000).empty());
}

TEST_CASE("A name asked for twice is packed once", "[host]") {
  SampleTree tree;
  tree.write("a.log", "hello");
  LogArchive once({tree.path("a.log")}, {"a.log"});
  LogArchive twice({tree.path("a.log")}, {"a.log", "a.log"});
  CHECK(twice.md5() == once.md5());
}

TEST_CASE("A name in another encoding is packed as it is", "[host]") {
  SampleTree tree;
  const std::string name = "gr\xc3\xb6\xc3\x9f\xff.log";
  tree.write(name, "hello");
  LogArchive archive({tree.path(name)}, {name});
  CHECK_THAT(whole(archive), Catch::Contains(name));
}

TEST_CASE("Only base names out of the list are served", "[host]") {
  SampleTree tree;
  tree.write("logs/a.log", "hello").write("logs/other.log", "secret").write("secret", "secret");
  auto name = GENERATE_REF(as<std::string>(), "../secret", "..", ".", "", "other.log", "logs/a.log",
                           "./a.log", "a.log/", "A.LOG", "..\\secret", "/etc/hostname",
                           tree.path("logs/a.log"), std::string("a.log\0x", 7));
  INFO(name);
  Refusal refused = refusal({tree.path("logs/a.log")}, {"a.log", name});
  CHECK(refused.code == Errc::not_found);
  CHECK_THAT(refused.text, Catch::Contains(name.substr(0, name.find('\0'))));
}

TEST_CASE("A listed name that has become a link, a FIFO or nothing is refused by name", "[host]") {
  SampleTree tree;
  tree.write("secret", "secret");
  REQUIRE(::symlink(tree.path("secret").c_str(), tree.path("link.log").c_str()) == 0);
  REQUIRE(::mkfifo(tree.path("fifo.log").c_str(), 0600) == 0);
  auto name = GENERATE(as<std::string>(), "link.log", "fifo.log", "gone.log");
  Refusal refused = refusal({tree.path(name)}, {name});
  CHECK(refused.code == Errc::not_found);
  CHECK_THAT(refused.text, Catch::Contains(name));
}

TEST_CASE("A list that leads to a directory serves nothing", "[host]") {
  SampleTree tree;
  CHECK(refusal({tree.path("..")}, {".."}).code == Errc::not_found);
  CHECK(refusal({tree.path("")}, {""}).code == Errc::not_found);
}

TEST_CASE("A long name from the network is cut in the error", "[host]") {
  CHECK(refusal({}, {std::string(1'000'000, 'x')}).text.size() < 300);
}

TEST_CASE("To ask for no file is a bad message", "[host]") {
  CHECK(refusal({"/var/log/a.log"}, {}).code == Errc::bad_message);
}

TEST_CASE("The bound of an archive is exact", "[host]") {
  SampleTree tree;
  tree.write("a.log", std::string(200'000, 'x'));
  Paths paths{tree.path("a.log")};
  std::uint64_t size = LogArchive(paths, {"a.log"}).size();
  CHECK(LogArchive(paths, {"a.log"}, size).size() == size);
  auto bound = GENERATE_COPY(as<std::uint64_t>(), 0, 1, 100'000, size - 1);
  Refusal refused = refusal(paths, {"a.log"}, bound);
  CHECK(refused.code == Errc::too_large);
  CHECK_THAT(refused.text, Catch::Contains(std::to_string(bound)));
}

// Files of /proc say that they are empty, files of /sys that they have a page: deterministic stand-ins for
// files that grow and shrink between open and read.
TEST_CASE("A file that grew after it was opened is cut at the size it had", "[host]") {
  LogArchive archive({"/proc/self/status"}, {"status"});
  CHECK_THAT(read_with_python(archive), Catch::StartsWith("status 0 "));
}

TEST_CASE("A file that shrank after it was opened ends early in a sound archive", "[host]") {
  LogArchive archive({"/sys/devices/system/cpu/possible"}, {"possible"});
  std::string found = read_with_python(archive);
  CHECK_THAT(found, Catch::StartsWith("possible "));
  CHECK_THAT(found, !Catch::Contains("possible 4096 ") && !Catch::Contains("possible 0 "));
  CHECK_THAT(found, Catch::EndsWith("archive " + hex(archive.md5()) + "\n"));
}

Refusal refusal_on_full_disk(const Paths& allowed, const Paths& names, rlim_t room) {
  FileSizeLimit limit(room);
  return refusal(allowed, names);
}

TEST_CASE("A full disk is an io error with its cause", "[host]") {
  SampleTree tree;
  tree.write("a.log", std::string(200'000, 'x'));
  Refusal refused = refusal_on_full_disk({tree.path("a.log")}, {"a.log"}, 50'000);
  CHECK(refused.code == Errc::io);
  CHECK_THAT(refused.text, Catch::Contains("File too large"));
}

TEST_CASE("Neither success nor failure leaves a file or a descriptor behind", "[host]") {
  SampleTree tree;
  SampleTree temp;
  tree.write("a.log", std::string(200'000, 'x'));
  Paths paths{tree.path("a.log"), tree.path("gone.log")};
  std::size_t before = open_descriptors();
  { LogArchive archive(paths, {"a.log"}, kMaxLogArchive, temp.root()); }
  refusal(paths, {"a.log", "gone.log"}, kMaxLogArchive, temp.root());
  refusal(paths, {"a.log", "../x"}, kMaxLogArchive, temp.root());
  refusal(paths, {}, kMaxLogArchive, temp.root());
  refusal(paths, {"a.log"}, 100'000, temp.root());
  CHECK(refusal(paths, {"a.log"}, kMaxLogArchive, temp.path("missing")).code == Errc::io);
  CHECK(open_descriptors() == before);
  CHECK(std::filesystem::is_empty(temp.root()));
}

}  // namespace
}  // namespace agent::host
