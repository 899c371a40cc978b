#include <iconv.h>

#include <array>
#include <cerrno>

#include "agent/charset.hpp"
#include "agent/error.hpp"
#include "base/utf8.hpp"

namespace agent {
namespace {

// iconv_t is a pointer; POSIX gives it no other invalid value than -1.
iconv_t as_iconv(std::intptr_t value) { return reinterpret_cast<iconv_t>(value); }

std::intptr_t open_converter(const std::string& name) {
  const auto converter = reinterpret_cast<std::intptr_t>(::iconv_open("UTF-8", name.c_str()));
  if (converter == -1)
    throw Error(Errc::bad_config, "character set '" + name + "': the system does not know it");
  return converter;
}

}  // namespace

Charset::Charset(const std::string& name) : converter_(open_converter(name)) {}

Charset::~Charset() { ::iconv_close(as_iconv(converter_)); }

std::string Charset::convert(std::string& bytes) {
  std::string text;
  char* next = bytes.data();
  std::size_t left = bytes.size();
  while (left > 0) {
    std::array<char, 4096> buffer;
    char* out = buffer.data();
    std::size_t room = buffer.size();
    const bool done =
        ::iconv(as_iconv(converter_), &next, &left, &out, &room) != static_cast<std::size_t>(-1);
    const int reason = done ? 0 : errno;
    text.append(buffer.data(), buffer.size() - room);
    if (reason == EINVAL) break;  // the character goes on in the next piece
    if (reason != EILSEQ) continue;
    text += kReplacementCharacter;
    ++next;
    --left;
  }
  bytes.erase(0, bytes.size() - left);
  return text;
}

}  // namespace agent
