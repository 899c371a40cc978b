#include <charconv>
#include <string>

#include "agent/error.hpp"
#include "base/boot_number.hpp"
#include "base/read_file.hpp"

namespace agent {
namespace {

constexpr const char* kPath = "/proc/sys/kernel/random/boot_id";
constexpr std::size_t kMost = 64;

}  // namespace

// A UUID, of which the first 60 random bits are as good as all.
std::uint64_t boot_number() {
  try {
    std::string text = read_file(kPath, kMost);
    std::erase(text, '-');
    std::uint64_t number = 0;
    const std::size_t digits = text.size() < 16 ? text.size() : 16;
    const auto result = std::from_chars(text.data(), text.data() + digits, number, 16);
    return result.ec == std::errc{} ? number : 0;
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace agent
