#include <catch2/catch.hpp>
#include <string>

#include "metrics/kept_text.hpp"

using server::KeptText;

namespace {

std::string text_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 23);
  return text;
}

}  // namespace

TEST_CASE("A kept text is what it was, whatever its length", "[server][metrics]") {
  for (const std::size_t size : {0, 1, 4087, 4088, 4089, 8175, 8176, 8177, 105'000}) {
    CAPTURE(size);
    CHECK(KeptText(text_of(size)).text() == text_of(size));
  }
}

TEST_CASE("A kept text takes little more than its length", "[server][metrics]") {
  for (const std::size_t size : {1, 100, 4088, 4089, 25'000, 105'000}) {
    CAPTURE(size);
    CHECK(KeptText(text_of(size)).memory() >= size);
    CHECK(KeptText(text_of(size)).memory() <= size + size / 50 + 64);
  }
}
