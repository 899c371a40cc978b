#include <catch2/catch.hpp>

#include "agent/base64.hpp"
#include "agent/data_codec.hpp"

using namespace agent;

namespace {

constexpr std::size_t kPlenty = 1 << 24;

std::string sample(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i) + (i % 7 == 0 ? "\n" : " ");
  text.resize(size);
  return text;
}

// The compressed bytes behind the tag.
std::string packed(std::string_view raw, DataForm form) {
  return decode_base64(encode_data(raw, form).substr(3));
}

Errc code_of(const std::string& text, std::size_t max_raw = kPlenty) {
  try {
    decode_data(text, max_raw);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("was accepted: " << text.substr(0, 40));
  return Errc::io;
}

}  // namespace

TEST_CASE("Data of every size comes back from every form", "[base]") {
  for (const std::size_t size : {0, 1, 2, 3, 511, 512, 32768, 1 << 20}) {
    const std::string raw = sample(size);
    for (const DataForm form : {DataForm::plain, DataForm::gzip, DataForm::zstd}) {
      CHECK(decode_data(encode_data(raw, form), size) == raw);
    }
  }
}

TEST_CASE("Tags say how data is packed", "[base]") {
  CHECK(encode_data("hello", DataForm::plain) == "$0$aGVsbG8=");
  CHECK(encode_data("hello", DataForm::gzip).starts_with("$1$H4sI"));
  CHECK(encode_data("hello", DataForm::zstd).starts_with("$2$KLUv"));
}

TEST_CASE("The bare tags mean what they mean to the originals", "[base]") {
  CHECK(encode_data("", DataForm::zstd) == "$2$");
  CHECK(decode_data("$2$", kPlenty).empty());
  CHECK(decode_data("$0$", kPlenty).empty());
  CHECK(code_of("$1$") == Errc::bad_message);
}

TEST_CASE("Text without a known tag is refused", "[base]") {
  for (const char* text : {"", "$", "$0", "aGVsbG8=", "$3$aGVsbG8=", "$2$not base64"}) {
    CHECK(code_of(text) == Errc::bad_message);
  }
}

TEST_CASE("Several zstd frames and skippable ones are read as one text", "[base]") {
  const std::string one = packed("one ", DataForm::zstd);
  const std::string two = packed("two", DataForm::zstd);
  const std::string skippable("\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
  CHECK(decode_data("$2$" + encode_base64(one + two), kPlenty) == "one two");
  CHECK(decode_data("$2$" + encode_base64(skippable + one + skippable + two + skippable), kPlenty) ==
        "one two");
  CHECK(decode_data("$2$" + encode_base64(skippable), kPlenty).empty());
}

TEST_CASE("Several gzip members are read as one text", "[base]") {
  const std::string both = packed("one ", DataForm::gzip) + packed("two", DataForm::gzip);
  CHECK(decode_data("$1$" + encode_base64(both), kPlenty) == "one two");
}

TEST_CASE("Damaged and incomplete data is refused", "[base]") {
  for (const DataForm form : {DataForm::gzip, DataForm::zstd}) {
    const std::string tag = form == DataForm::gzip ? "$1$" : "$2$";
    const std::string good = packed(sample(5000), form);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{4}, good.size() / 2}) {
      CHECK(code_of(tag + encode_base64(good.substr(0, good.size() - cut))) == Errc::bad_message);
    }
    std::string damaged = good;
    damaged[good.size() / 2] = static_cast<char>(damaged[good.size() / 2] ^ 0x55);
    CHECK(code_of(tag + encode_base64(damaged)) == Errc::bad_message);
    CHECK(code_of(tag + encode_base64(good + "rubbish")) == Errc::bad_message);
  }
}

TEST_CASE("Data that expands beyond the limit is refused", "[base]") {
  const std::string zeros(1 << 24, '\0');
  for (const DataForm form : {DataForm::plain, DataForm::gzip, DataForm::zstd}) {
    const std::string text = encode_data(zeros, form);
    CHECK(code_of(text, zeros.size() - 1) == Errc::too_large);
    CHECK(code_of(text, 0) == Errc::too_large);
    CHECK(decode_data(text, zeros.size()).size() == zeros.size());
  }
}

TEST_CASE("A frame that asks for a huge window is refused", "[base]") {
  // Magic, no single segment, window descriptor for 2 GiB, one empty last block.
  const std::string frame("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);
  CHECK(code_of("$2$" + encode_base64(frame)) == Errc::bad_message);
}

TEST_CASE("What looks like text is compressed", "[base]") {
  CHECK(choose_data_form("") == DataForm::zstd);
  CHECK(choose_data_form("line\nnext\tline\r\n") == DataForm::zstd);
  CHECK(choose_data_form("caf\xc3\xa9") == DataForm::zstd);
  CHECK(choose_data_form(std::string("a\0b", 3)) == DataForm::plain);
  CHECK(choose_data_form("\x7f"
                         "ELF\x02\x01\x01") == DataForm::plain);
}
