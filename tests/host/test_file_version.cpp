#include <catch2/catch.hpp>

#include "host/file_version_posix.hpp"

using agent::host::is_settling;

namespace {

constexpr timespec kStep{0, 4'000'000};

struct stat changed_at(timespec time) {
  struct stat status {};
  status.st_mtim = {1'000'000'000, 0};
  status.st_ctim = time;
  return status;
}

}  // namespace

TEST_CASE("A file settles two steps of the clock after its last change", "[host]") {
  const struct stat status = changed_at({1'700'000'000, 500'000'000});
  CHECK(is_settling(status, {1'700'000'000, 500'000'000}, kStep));
  CHECK(is_settling(status, {1'700'000'000, 508'000'000}, kStep));
  CHECK_FALSE(is_settling(status, {1'700'000'000, 508'000'001}, kStep));
  CHECK(is_settling(status, {1'600'000'000, 0}, kStep));  // a clock that was set back, or another machine's
}

TEST_CASE("A file settles after two seconds where times are whole seconds", "[host]") {
  const struct stat status = changed_at({1'700'000'000, 0});
  CHECK(is_settling(status, {1'700'000'002, 0}, kStep));
  CHECK_FALSE(is_settling(status, {1'700'000'002, 1}, kStep));
}
