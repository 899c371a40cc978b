#include "agentctl/copy_meter.hpp"

#include <catch2/catch.hpp>
#include <chrono>

using agentctl::CopyMeter;
using std::chrono::seconds;

namespace {

const CopyMeter::Time kBegin{};

}  // namespace

TEST_CASE("One file is shown with its part and the time that is left", "[agentctl]") {
  CopyMeter meter(kBegin);
  const std::size_t file = meter.add("large");
  meter.note(file, 1 << 20, 4 << 20);
  CHECK(meter.line(kBegin + seconds(2)) == "large  1.0 MiB of 4.0 MiB  512.0 KiB/s  0:06 left");
  meter.note(file, (4 << 20) - 1, 4 << 20);
  CHECK(meter.line(kBegin + seconds(2)) == "large  4.0 MiB of 4.0 MiB  2.0 MiB/s  0:01 left");
}

TEST_CASE("A file that begins again counts once", "[agentctl]") {
  CopyMeter meter(kBegin);
  const std::size_t file = meter.add("large");
  meter.note(file, 3 << 20, 4 << 20);
  meter.note(file, 1 << 20, 4 << 20);
  CHECK(meter.line(kBegin + seconds(1)).find("1.0 MiB/s") != std::string::npos);
}

TEST_CASE("Many files are shown with how many are done", "[agentctl]") {
  CopyMeter meter(kBegin);
  const std::size_t first = meter.add("a");
  const std::size_t second = meter.add("b");
  meter.add("c");
  meter.note(first, 1024, 1024);
  meter.note(second, 1024, 4096);
  CHECK(meter.line(kBegin + seconds(1)) == "0 files  2.0 KiB  2.0 KiB/s  a");
  meter.remove(first);
  CHECK(meter.line(kBegin + seconds(2)) == "1 files  2.0 KiB  1.0 KiB/s  b");
}

TEST_CASE("Nothing is shown of a copying without files", "[agentctl]") {
  CopyMeter meter(kBegin);
  CHECK(meter.line(kBegin).empty());
  const std::size_t file = meter.add("empty");
  CHECK(meter.line(kBegin) == "empty  0 B of 0 B  0 B/s  0:00 left");
  meter.remove(file);
  meter.remove(file);
  CHECK(meter.line(kBegin + seconds(1)).empty());
}
