#include "agentctl/copying.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "net/spawn.hpp"

namespace agentctl {

using agent::Clock;
using agent::Errc;
using agent::Error;
using agent::Task;

namespace {

namespace fs = std::filesystem;

// A machine may list a directory in itself for ever.
constexpr int kDeepest = 64;
constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::size_t kShownPath = 4096;  // bytes

}  // namespace

Copying::Copying(Tools tools, std::string agent, std::string label)
    : tools_(tools),
      label_("agentctl: " + label),
      files_(tools.api, std::move(agent),
             [this](const std::string& line) { tools_.console.hint(label_ + line); }),
      meter_(Clock::now()),
      drawn_(Clock::now()) {}

// Most reasons name the file themselves. A directory that could not be listed was asked for as a file.
void Copying::pass_over(const std::string& what, std::string_view why) {
  has_failed_ = true;
  const auto unlisted = unlisted_.find(what);
  if (unlisted != unlisted_.end() && why.ends_with("is a directory")) why = unlisted->second;
  const bool is_named = why.find(what) != std::string_view::npos;
  const std::string name = is_named ? "" : what.substr(0, kShownPath) + ": ";
  const bool is_directory = why.ends_with("is a directory") && !tools_.options.recursive;
  tools_.console.warn(fmt::format("{}{}{}{}", label_, name, why, is_directory ? "; copy it with -r" : ""));
}

// ---- what is under way

CopyProgress Copying::progress_of(std::size_t number) {
  return [this, number](std::uint64_t done, std::uint64_t total) {
    meter_.note(number, done, total);
    draw();
  };
}

void Copying::draw() {
  const Clock::time_point now = Clock::now();
  if (!tools_.console.shows_progress() || now < drawn_ + kRedraw) return;
  drawn_ = now;
  const std::string line = meter_.line(now);
  if (!line.empty()) tools_.console.show_progress(line);
}

Task<> Copying::begin(std::size_t number, std::string shown, std::uint64_t size, Task<> work) {
  const std::size_t places = size <= kSmall ? 1 : kAtOnce;
  while (taken_ + places > kAtOnce && !failure_) co_await changed_.wait();
  if (failure_) std::rethrow_exception(failure_);
  taken_ += places;
  agent::net::spawn(tools_.api.loop(), copy_one(shared_from_this(), std::move(shown), std::move(work)),
                    [self = shared_from_this(), number, places](std::exception_ptr thrown) {
                      self->end(number, places, thrown);
                    });
}

Task<> Copying::copy_one(std::shared_ptr<Copying> self, std::string shown, Task<> work) {
  try {
    co_await std::move(work);
  } catch (const Error& error) {
    self->pass_over(shown, error.text());
  }
}

void Copying::end(std::size_t number, std::size_t places, const std::exception_ptr& thrown) {
  if (thrown && !failure_) failure_ = thrown;
  taken_ -= places;
  meter_.remove(number);
  draw();
  changed_.wake();
}

Task<> Copying::finish() {
  while (taken_ > 0 && !failure_) co_await changed_.wait();
  if (failure_) std::rethrow_exception(failure_);
}

Task<> Copying::finish_before(std::string name) {
  const bool is_known = std::find(names_.begin(), names_.end(), name) != names_.end();
  names_.push_back(std::move(name));
  if (is_known || tools_.options.recursive) co_await finish();
}

// ---- from the machine

Task<bool> Copying::run(CopyOrder order) {
  Task<> work = order.target.is_remote() ? send_all(std::move(order.sources), std::move(order.target.path))
                                         : fetch_all(std::move(order.sources), std::move(order.target.path));
  co_await std::move(work);
  co_await finish();
  tools_.console.end_progress();
  co_return !has_failed_;
}

Task<> Copying::fetch_all(std::vector<Place> sources, std::string target) {
  std::error_code ignored;  // LocalTree says what is wrong
  const bool is_directory = fs::is_directory(target, ignored);
  if (!is_directory && (sources.size() > 1 || target.ends_with('/')))
    throw Error(Errc::bad_config, target + " is no directory");
  const fs::path parent = fs::path(target).parent_path();
  const LocalTree directory(is_directory ? target : parent.empty() ? "." : parent.string());
  for (Place& source : sources) {
    std::string name = is_directory ? base_name(source.path) : fs::path(target).filename().string();
    co_await finish_before(name);
    co_await fetch_source(std::move(source.path), &directory, std::move(name));
  }
}

Task<> Copying::fetch_source(std::string path, const LocalTree* directory, std::string name) {
  const std::string shown = path;
  try {
    Listing listing{.entries = {}, .refusal = "not asked"};
    if (tools_.options.recursive) listing = co_await files_.list(path);
    if (listing.is_directory()) {
      const LocalTree into = directory->enter(name.empty() ? "." : name);
      co_await fetch_entries(std::move(path), std::move(listing.entries), &into, 0);
    } else {
      if (name.empty()) throw Error(Errc::bad_config, "it has no name of its own; directories need -r");
      if (tools_.options.recursive) unlisted_.emplace(path, listing.refusal);
      const RemoteEntry entry = co_await files_.find_file(path);
      co_await fetch_file(std::move(path), &entry, directory, std::move(name));
    }
  } catch (const Error& error) {
    pass_over(shown, error.text());
  }
}

Task<> Copying::fetch_entries(std::string path, std::vector<RemoteEntry> entries, const LocalTree* into,
                              int depth) {
  std::set<std::string> names;
  for (const RemoteEntry& entry : entries) {
    try {
      if (!names.insert(checked_name(entry.listed)).second)
        throw Error(Errc::refused, "the machine lists it twice");
      co_await fetch_entry(join_path(path, entry.listed), &entry, into, depth);
    } catch (const Error& error) {
      pass_over(join_path(path, entry.listed), error.text());
    }
  }
}

Task<> Copying::fetch_entry(std::string path, const RemoteEntry* entry, const LocalTree* into, int depth) {
  std::string name = checked_name(entry->listed);
  switch (entry->kind) {
    case EntryKind::link: throw Error(Errc::refused, "a link; not copied");
    case EntryKind::other: throw Error(Errc::refused, "a device, pipe or socket; not copied");
    case EntryKind::file: co_return co_await fetch_file(std::move(path), entry, into, std::move(name));
    case EntryKind::directory: break;
  }
  if (depth >= kDeepest) throw Error(Errc::refused, fmt::format("more than {} directories deep", kDeepest));
  Listing listing = co_await files_.list(path);
  if (!listing.is_directory()) throw Error(Errc::refused, listing.refusal);
  const LocalTree below = into->enter(name);
  co_await fetch_entries(std::move(path), std::move(listing.entries), &below, depth + 1);
}

Task<> Copying::fetch_file(std::string path, const RemoteEntry* entry, const LocalTree* into,
                           std::string name) {
  const std::size_t number = meter_.add(name);
  Task<> work = receive(path, into->directory(), std::move(name), entry->mode, number);
  co_await begin(number, std::move(path), entry->size, std::move(work));
}

Task<> Copying::receive(std::string path, agent::FileHandle directory, std::string name, unsigned mode,
                        std::size_t number) {
  ArrivingFile file(std::move(directory), std::move(name), mode);
  CopyProgress progress = progress_of(number);
  co_await files_.fetch(std::move(path), &file, std::move(progress));
}

// ---- to the machine

Task<> Copying::send_all(std::vector<Place> sources, std::string target) {
  const Listing listing = co_await files_.list(target);
  const bool is_directory = listing.is_directory() || target.ends_with('/') || sources.size() > 1;
  for (Place& source : sources) {
    const std::string shown = source.path;
    std::string name = base_name(is_directory ? source.path : target);
    std::string directory = is_directory ? target : fs::path(target).parent_path().string();
    try {
      if (directory.empty())
        throw Error(Errc::bad_config, "write the whole path on the machine: ID:/dir/name");
      co_await finish_before(name);
      co_await send_source(std::move(source.path), std::move(directory), std::move(name));
    } catch (const Error& error) {
      pass_over(shown, error.text());
    }
  }
}

Task<> Copying::send_source(std::string path, std::string directory, std::string name) {
  std::error_code ignored;  // opening it says what is wrong
  if (fs::is_directory(path, ignored)) {
    if (!tools_.options.recursive) throw Error(Errc::bad_config, "a directory; copy it with -r");
    if (!name.empty()) directory = join_path(directory, name);  // "." is what is in it
    co_await send_tree(std::move(path), std::move(directory));
  } else {
    if (name.empty()) throw Error(Errc::bad_config, "it has no name of its own");
    co_await send_file(std::move(path), std::move(directory), std::move(name));
  }
}

// Links to directories are left out: they could lead in a circle.
Task<> Copying::send_entry(fs::directory_entry entry, std::string directory) {
  const std::string path = entry.path().string();
  std::string name = entry.path().filename().string();
  try {
    if (entry.is_directory() && !entry.is_symlink()) {
      co_await send_tree(path, join_path(directory, name));
    } else if (entry.is_regular_file()) {
      co_await send_file(path, std::move(directory), std::move(name));
    } else {
      throw Error(Errc::refused, "no regular file; not copied");
    }
  } catch (const Error& error) {
    pass_over(path, error.text());
  } catch (const fs::filesystem_error& error) {
    pass_over(path, error.code().message());
  }
}

Task<> Copying::send_tree(std::string path, std::string directory) {
  std::error_code failed;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed))
    entries.push_back(*at);
  if (failed) throw Error(Errc::io, "it cannot be listed: " + failed.message());
  if (entries.empty())
    tools_.console.hint(fmt::format("{}{}: an empty directory, which is not made there", label_, path));
  std::sort(entries.begin(), entries.end());
  for (fs::directory_entry& entry : entries) co_await send_entry(std::move(entry), directory);
}

// Opening it says what is wrong.
Task<> Copying::send_file(std::string path, std::string directory, std::string name) {
  std::error_code failed;
  const std::uint64_t size = fs::file_size(path, failed);
  const std::size_t number = meter_.add(name);
  Task<> work = files_.send(path, std::move(directory), std::move(name), progress_of(number));
  const std::uint64_t known_size = failed ? 0 : size;
  co_await begin(number, std::move(path), known_size, std::move(work));
}

}  // namespace agentctl
