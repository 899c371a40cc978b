// CopyMeter: how far a copying has got, as the line that a person sees meanwhile: of one file how much of it
// and the time that is left, of many how many are done. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "agent/clock.hpp"

namespace agentctl {

class CopyMeter {
 public:
  using Time = agent::Clock::time_point;

  explicit CopyMeter(Time begin) : begin_(begin) {}

  // A file is on its way, or about to be: its number.
  std::size_t add(std::string name);
  // What has come or gone of it, which may be less than before.
  void note(std::size_t file, std::uint64_t done, std::uint64_t total);
  // It is done, or given up.
  void remove(std::size_t file);

  // "" while there is nothing to say.
  std::string line(Time now) const;

 private:
  struct File {
    std::string name;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
  };
  std::string line_of_one(const File& file, std::uint64_t rate) const;

  const Time begin_;
  std::size_t added_ = 0;
  std::map<std::size_t, File> under_way_;
  std::uint64_t bytes_ = 0;  // of those that are done
};

}  // namespace agentctl
