#include "examples/metrics-agent/host/text_scan.hpp"

#include <catch2/catch.hpp>

#include "examples/metrics-agent/host/machine_files.hpp"

using namespace host;

TEST_CASE("Lines and words end where the text ends", "[metrics][text]") {
  std::string_view text = "a  b\n\n\tc";
  std::string_view line = take_line(text);
  CHECK(take_word(line) == "a");
  CHECK(take_word(line) == "b");
  CHECK(take_word(line).empty());
  CHECK(take_line(text).empty());
  line = take_line(text);
  CHECK(take_word(line) == "c");
  CHECK(text.empty());
  CHECK(take_line(text).empty());
}

TEST_CASE("A number is a whole word, and the largest one stays the largest", "[metrics][text]") {
  CHECK(number_in("0") == 0U);
  CHECK(number_in("18446744073709551615") == ~std::uint64_t{0});
  CHECK(number_in("99999999999999999999999") == ~std::uint64_t{0});
  CHECK_FALSE(number_in("12kB"));
  CHECK_FALSE(number_in("-1"));
  CHECK_FALSE(number_in(""));
  CHECK(count_in("x") == 0);
}

TEST_CASE("Escapes of the kernel become the characters they stand for", "[metrics][text]") {
  CHECK(without_escapes(R"(/a\040b\011c\134d)") == "/a b\tc\\d");
  CHECK(without_escapes(R"(\04)") == R"(\04)");
  CHECK(without_escapes(R"(\999)") == R"(\999)");
}

TEST_CASE("Names with numbers are in the order of the numbers", "[metrics][text]") {
  CHECK(natural_less("cpu2", "cpu10"));
  CHECK_FALSE(natural_less("cpu10", "cpu2"));
  CHECK(natural_less("nvme0n1p9", "nvme0n1p10"));
  CHECK(natural_less("a", "a1"));
  CHECK(natural_less("a01", "a1"));
  CHECK_FALSE(natural_less("a1", "a1"));
}
