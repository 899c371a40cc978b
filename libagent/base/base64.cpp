#include "agent/base64.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "agent/error.hpp"

namespace agent {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Two letters for every twelve bits: half the look-ups.
constexpr auto kPairs = [] {
  std::array<char, 2 * 4096> pairs{};
  for (std::size_t i = 0; i < 4096; ++i) {
    pairs[2 * i] = kAlphabet[i >> 6];
    pairs[2 * i + 1] = kAlphabet[i & 63];
  }
  return pairs;
}();

constexpr std::uint32_t kInvalid = 0xff000000;

// What a letter means at each of the four places of a group, shifted already.
using Values = std::array<std::array<std::uint32_t, 256>, 4>;
constexpr Values kValues = [] {
  Values values{};
  for (auto& place : values) place.fill(kInvalid);
  for (std::uint32_t i = 0; i < 64; ++i) {
    const auto letter = static_cast<unsigned char>(kAlphabet[i]);
    for (std::size_t place = 0; place < 4; ++place) values[place][letter] = i << (18 - 6 * place);
  }
  return values;
}();

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

std::uint32_t group_of(const char* in) {
  return kValues[0][byte(in[0])] | kValues[1][byte(in[1])] | kValues[2][byte(in[2])] |
         kValues[3][byte(in[3])];
}

void put_bytes(char* out, std::uint32_t group, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<char>(group >> (16 - 8 * i));
}

[[noreturn]] void fail() {
  throw Error(Errc::bad_message, "not base64 with the standard alphabet and padding");
}

// The last group, which may be padded. Returns its number of bytes.
std::size_t decode_last(const char* in, char* out) {
  const std::size_t count = in[3] != '=' ? 3 : in[2] != '=' ? 2 : 1;
  const char filled[4] = {in[0], in[1], count > 1 ? in[2] : 'A', count > 2 ? in[3] : 'A'};
  const std::uint32_t group = group_of(filled);
  const std::uint32_t surplus = count == 3 ? 0 : count == 2 ? 0xff : 0xffff;
  if ((group & (kInvalid | surplus)) != 0) fail();
  put_bytes(out, group, count);
  return count;
}

}  // namespace

void append_base64(std::string& out, std::string_view raw) {
  const std::size_t begin = out.size();
  out.resize(begin + (raw.size() + 2) / 3 * 4, '=');
  char* to = out.data() + begin;
  const char* from = raw.data();
  const std::size_t groups = raw.size() / 3;
  for (std::size_t i = 0; i < groups; ++i, from += 3, to += 4) {
    const std::uint32_t group =
        std::uint32_t{byte(from[0])} << 16 | std::uint32_t{byte(from[1])} << 8 | byte(from[2]);
    std::memcpy(to, &kPairs[2 * (group >> 12)], 2);
    std::memcpy(to + 2, &kPairs[2 * (group & 0xfff)], 2);
  }
  const std::size_t rest = raw.size() % 3;
  if (rest == 0) return;
  const std::uint32_t group =
      std::uint32_t{byte(from[0])} << 16 | (rest == 2 ? std::uint32_t{byte(from[1])} << 8 : 0);
  std::memcpy(to, &kPairs[2 * (group >> 12)], 2);
  if (rest == 2) to[2] = kPairs[2 * (group & 0xfff)];
}

std::string encode_base64(std::string_view raw) {
  std::string text;
  append_base64(text, raw);
  return text;
}

std::size_t decoded_base64_size(std::string_view text) {
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  return text.size() / 4 * 3 - (text.size() >= 4 ? padding : 0);
}

std::string decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) fail();
  if (text.empty()) return {};
  std::string raw(text.size() / 4 * 3, '\0');
  char* to = raw.data();
  const char* from = text.data();
  std::uint32_t invalid = 0;
  for (std::size_t left = text.size() / 4 - 1; left > 0; --left, from += 4, to += 3) {
    const std::uint32_t group = group_of(from);
    invalid |= group;
    put_bytes(to, group, 3);
  }
  if ((invalid & kInvalid) != 0) fail();
  to += decode_last(from, to);
  raw.resize(static_cast<std::size_t>(to - raw.data()));
  return raw;
}

}  // namespace agent
