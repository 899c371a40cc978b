#include "hub/ids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <random>

#include "base/digits.hpp"
#include "base/utf8.hpp"

namespace server {
namespace {

std::uint64_t random_number() {
  thread_local std::mt19937_64 source{(std::uint64_t{std::random_device{}()} << 32) ^ std::random_device{}()};
  return source();
}

// Today as YYYYMMDD in local time. Asked for with every tid, hence looked up once a minute.
int today() {
  thread_local std::time_t valid_until = 0;
  thread_local int date = 0;
  const std::time_t now = std::time(nullptr);
  if (now >= valid_until) {
    std::tm local{};
    localtime_r(&now, &local);
    date = (local.tm_year + 1900) * 10000 + (local.tm_mon + 1) * 100 + local.tm_mday;
    valid_until = now + 60 - local.tm_sec;
  }
  return date;
}

}  // namespace

std::string new_tid() {
  static std::atomic<std::uint32_t> counter{0};
  const std::uint32_t number = counter.fetch_add(1, std::memory_order_relaxed) % 99999 + 1;
  std::array<char, 8 + 1 + 5 + 1 + 16> text;
  char* end = agent::put_digits(text.data(), static_cast<std::uint64_t>(today()), 8);
  *end++ = '-';
  end = agent::put_digits(end, number, 5);
  *end++ = '-';
  end = agent::put_digits<16>(end, random_number(), 16);
  return {text.data(), end};
}

std::string new_agent_id() { return fmt::format("agent-{:08}-{:016x}", today(), random_number()); }

const char* id_fault(std::string_view id) {
  if (id.size() > kIdLimit) return "longer than 256 bytes";
  if (id.find('/') != std::string_view::npos) return "contains '/'";
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(id.begin(), id.end(), is_control)) return "contains a control character";
  if (!agent::is_utf8(id)) return "is not UTF-8";
  return nullptr;
}

}  // namespace server
