#include "base/file_handle.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <utility>

#include "agent/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;

namespace {

FileHandle make_file(const test::TempDir& dir, const std::string& name = "file") {
  const std::string path = dir.path() + "/" + name;
  FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), path);
  REQUIRE(file.is_open());
  return file;
}

bool is_descriptor(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    out = FileHandle(ends[0], "the reading end");
    in = FileHandle(ends[1], "the writing end");
  }
  FileHandle out;
  FileHandle in;
};

void nothing(int) {}

// Interrupts a thread again and again, as a program with many signals would be: without SA_RESTART.
class Interruptions {
 public:
  explicit Interruptions(pthread_t target) {
    struct sigaction action {};
    action.sa_handler = nothing;
    REQUIRE(::sigaction(SIGUSR1, &action, &before_) == 0);
    thread_ = std::thread([this, target] {
      while (!done_) {
        ::pthread_kill(target, SIGUSR1);
        ++count_;
        std::this_thread::yield();
      }
    });
  }
  ~Interruptions() {
    done_ = true;
    thread_.join();
    ::sigaction(SIGUSR1, &before_, nullptr);
  }
  // Until there have been a few more.
  void wait() const {
    for (const int enough = count_ + 3; count_ < enough;) std::this_thread::yield();
  }

 private:
  std::atomic<int> count_{0};
  struct sigaction before_ {};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("A file is closed with its handle, once", "[base][file_handle]") {
  test::TempDir dir;
  int descriptor = -1;
  {
    FileHandle first = make_file(dir);
    descriptor = first.descriptor();
    FileHandle second(std::move(first));
    CHECK_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): that is what is tested
    CHECK(second.descriptor() == descriptor);
    first = std::move(second);
    CHECK(first.name() == dir.path() + "/file");
    CHECK(is_descriptor(descriptor));
  }
  CHECK_FALSE(is_descriptor(descriptor));
}

TEST_CASE("A handle that is given another file closes its own", "[base][file_handle]") {
  test::TempDir dir;
  FileHandle file = make_file(dir, "a");
  const int descriptor = file.descriptor();
  FileHandle other = make_file(dir, "b");
  file = std::move(other);
  CHECK_FALSE(is_descriptor(descriptor));
  CHECK(file.close());
  CHECK(file.close());  // there is nothing to lose any more
  CHECK_FALSE(file.is_open());
}

TEST_CASE("Bytes are read where they were written", "[base][file_handle]") {
  test::TempDir dir;
  const FileHandle file = make_file(dir);
  file.write("0123");
  file.write("456789");
  file.write_at(2, "xy");
  CHECK(file.size() == 10);
  CHECK(file.read_at(0, 10) == "01xy456789");
  CHECK(file.read_at(8, 10) == "89");
  CHECK(file.read_at(10, 10).empty());
  CHECK(file.read_at(4, 0).empty());
  std::string some(3, '.');
  CHECK(file.read_some_at(9, some) == 1);
  CHECK(errno == 0);  // the end is no failure
  CHECK(some == "9..");
  REQUIRE(::lseek(file.descriptor(), 7, SEEK_SET) == 7);
  std::array<char, 8> bytes{};
  CHECK(file.read(bytes) == 3);
  CHECK(std::string(bytes.data(), 3) == "789");
  CHECK(file.read(bytes) == 0);
  file.sync();
}

TEST_CASE("A write that the system takes in parts, with interruptions, is whole", "[base][file_handle]") {
  Pipe pipe;
  const std::string content(1'000'000, 'x');  // a pipe takes 64 KiB at a time
  std::atomic<bool> read_all{false};
  std::string read;
  {
    Interruptions interruptions(::pthread_self());
    std::thread reader([&] {
      sigset_t blocked;
      ::sigemptyset(&blocked);
      ::sigaddset(&blocked, SIGUSR1);
      ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
      std::array<char, 100'000> bytes{};
      std::size_t count = 0;
      do {
        interruptions.wait();  // the pipe is full and the writer waits meanwhile
        count = pipe.out.read(bytes);
        read.append(bytes.data(), count);
      } while (count > 0);
      read_all = true;
    });
    CHECK(pipe.in.write_some(content) == content.size());
    pipe.in.close();
    reader.join();
  }
  CHECK(read_all);
  CHECK(read == content);
}

TEST_CASE("A failure names the file and the system's reason", "[base][file_handle]") {
  const FileHandle full(::open("/dev/full", O_RDWR | O_CLOEXEC), "/dev/full");
  REQUIRE(full.is_open());
  CHECK_THROWS_WITH(full.write("x"), "write /dev/full: No space left on device");
  CHECK_THROWS_WITH(full.write_at(0, "x"), "write /dev/full: No space left on device");
  errno = 0;
  CHECK(full.write_some("x") == 0);
  CHECK(errno == ENOSPC);
  errno = 0;
  CHECK(full.write_some_at(0, "x") == 0);
  CHECK(errno == ENOSPC);

  const FileHandle none(-1, "/x/y");
  std::array<char, 4> bytes{};
  CHECK_THROWS_WITH(none.read(bytes), "read /x/y: Bad file descriptor");
  CHECK_THROWS_WITH(none.read_at(0, 4), "read /x/y: Bad file descriptor");
  CHECK_THROWS_WITH(none.size(), "stat /x/y: Bad file descriptor");
  CHECK_THROWS_WITH(none.sync(), "sync /x/y: Bad file descriptor");
  try {
    none.write("x");
    FAIL("it was written");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::io);
  }
}

TEST_CASE("Nothing is written to a file for no bytes", "[base][file_handle]") {
  const FileHandle full(::open("/dev/full", O_RDWR | O_CLOEXEC), "/dev/full");
  full.write("");
  full.write_at(0, "");
  CHECK(full.write_some("") == 0);
}
