#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "machine_files.hpp"
#include "text_scan.hpp"

namespace host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFirstBlock = 16 * 1024;

ssize_t read_more(int file, char* into, std::size_t size) {
  ssize_t count = -1;
  do count = ::read(file, into, size);
  while (count < 0 && errno == EINTR);
  return count;
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

std::string_view take_digits(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && is_digit(text[size])) ++size;
  std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

}  // namespace

MachineFiles::MachineFiles(const fs::path& root) : prefix_(root.lexically_normal().string()) {
  while (!prefix_.empty() && prefix_.back() == '/') prefix_.pop_back();
}

std::string MachineFiles::path(std::string_view name) const {
  std::string whole;
  whole.reserve(prefix_.size() + 1 + name.size());
  return whole.append(prefix_).append("/").append(name);
}

std::string_view MachineFiles::read(std::string_view name, std::size_t limit) {
  // Something that is no file, such as a pipe, does not make anyone wait.
  const int file = ::open(path(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (file < 0) return {};
  std::size_t size = 0;
  if (buffer_.size() < kFirstBlock) buffer_.resize(kFirstBlock);
  while (size < limit) {
    if (size == buffer_.size()) buffer_.resize(2 * buffer_.size());
    const ssize_t count = read_more(file, buffer_.data() + size, std::min(limit, buffer_.size()) - size);
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  ::close(file);
  return std::string_view(buffer_).substr(0, size);
}

std::string MachineFiles::read_line(std::string_view name) {
  std::string_view text = read(name, kFirstBlock);
  return std::string(stripped(take_line(text)));
}

std::string_view MachineFiles::read_network(std::string_view name) {
  std::string_view text;
  if (!own()) text = read(std::string("proc/1/net/").append(name));
  return text.empty() ? read(std::string("proc/net/").append(name)) : text;
}

std::vector<std::string> MachineFiles::list(std::string_view directory) const {
  std::vector<std::string> names;
  std::error_code failed;
  fs::directory_iterator entry(path(directory), failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed))
    names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

std::string MachineFiles::link_name(std::string_view name) const {
  std::error_code failed;
  return fs::read_symlink(path(name), failed).filename().string();
}

std::string MachineFiles::resolved(std::string_view name) const {
  std::error_code failed;
  const std::string whole = fs::canonical(path(name), failed).string();
  const std::string root = own() ? std::string() : fs::canonical(prefix_, failed).string();
  return whole.size() >= root.size() ? whole.substr(root.size()) : std::string();
}

bool MachineFiles::exists(std::string_view name) const { return ::access(path(name).c_str(), F_OK) == 0; }

bool natural_less(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const std::string_view left = take_digits(a);
      const std::string_view right = take_digits(b);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;
}

}  // namespace host
