#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

#include "space.hpp"

namespace host {
namespace {

// Some drivers in user space answer with nonsense.
std::uint64_t product(std::uint64_t blocks, std::uint64_t size) {
  std::uint64_t bytes = 0;
  return __builtin_mul_overflow(blocks, size, &bytes) ? std::numeric_limits<std::uint64_t>::max() : bytes;
}

Space space_of(const struct statvfs& answer) {
  const std::uint64_t size = answer.f_frsize != 0 ? answer.f_frsize : answer.f_bsize;
  Space space;
  space.total = product(answer.f_blocks, size);
  space.used = space.total - std::min(product(answer.f_bfree, size), space.total);
  space.available = std::min(product(answer.f_bavail, size), space.total - space.used);
  space.inodes = answer.f_files;
  space.inodes_free = std::min<std::uint64_t>(answer.f_ffree, answer.f_files);
  return space;
}

bool is_on(const struct stat& found, const FileSystem& system) {
  return ::major(found.st_dev) == system.major && ::minor(found.st_dev) == system.minor;
}

double percent_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

Measured failure(int error) {
  Measured answer;
  answer.problem = std::generic_category().message(error);
  return answer;
}

Measured measure_place(const std::string& path, const Mount& place, const FileSystem& system) {
  struct stat found {};
  struct statvfs answer {};
  if (::stat(path.c_str(), &found) != 0) return failure(errno);
  Measured measured;
  const bool is_root = place.point == "/";
  if (!is_root && !has_subvolumes(system.type) && !is_on(found, system)) {
    measured.kind = Measured::Kind::hidden;
  } else if (!S_ISDIR(found.st_mode)) {
    measured.kind = Measured::Kind::file;
  } else if (::statvfs(path.c_str(), &answer) != 0) {
    return failure(errno);
  } else {
    measured.kind = Measured::Kind::space;
    measured.space = space_of(answer);
  }
  return measured;
}

}  // namespace

double Space::percent() const { return percent_of(used, used + available); }

double Space::inodes_percent() const { return percent_of(inodes_used(), inodes); }

Measured measure_space(const std::string& prefix, const FileSystem& system) {
  Measured first;
  for (std::size_t i = 0; i < system.places.size(); ++i) {
    const Mount& place = system.places[i];
    const std::string path = place.point == "/" ? prefix + "/" : prefix + place.point;
    Measured measured = measure_place(path, place, system);
    measured.place = i;
    if (measured.kind == Measured::Kind::space) return measured;
    if (i == 0) first = std::move(measured);
  }
  return first;
}

}  // namespace host
