#include "packed_files.hpp"

#include <agent/error.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>
#include <utility>

#include "moved_files.hpp"

namespace logkit {
namespace {

using agent::Errc;
using agent::Error;

// Bytes of text in one step, which takes a few milliseconds.
constexpr std::size_t kStep = 1024 * 1024;
// Incomplete files whose state is kept, which is up to 9 MiB each; others are read from their beginning
// again.
constexpr std::size_t kMostKept = 4;
constexpr std::int64_t kSecond = 1'000'000'000;
// A file that nobody has written to for so long and that is not complete is told.
constexpr std::chrono::minutes kTold{1};
// And for so long: nobody waits for it any more.
constexpr std::chrono::hours kGivenUp{1};

std::chrono::nanoseconds age_of(const FileFacts& facts) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now) -
         std::chrono::nanoseconds(facts.modified_ns);
}

// How well an entry fits.
auto fit_of(const FilePosition& position, const std::string& path) {
  return std::tuple(are_of_one_log(position.path, path), position.print.size, position.offset);
}

}  // namespace

PackedFiles::PackedFiles(Checkpoint& checkpoint, PackedHost host)
    : checkpoint_(checkpoint), host_(std::move(host)) {}

void PackedFiles::see(const std::string& path, const FileFacts& facts, const Sight& sight) {
  const auto [place, is_new] = packed_.try_emplace(facts.key);
  Packed& packed = place->second;
  packed.is_seen = true;
  if (is_new) packed.sight.starts_at_end = sight.starts_at_end;
  packed.sight.is_covered = packed.sight.is_covered || sight.is_covered;
  packed.sight.is_urgent = sight.is_urgent || (packed.sight.is_urgent && !is_new);
  packed.path = path;
  const bool is_larger = packed.facts.size != facts.size;
  const bool is_changed = is_larger || packed.facts.modified_ns != facts.modified_ns;
  switch (packed.state) {
    case State::checking:
    case State::skipping:
    case State::reading: return;  // it is looked at when this is over
    case State::waiting:
    case State::unreadable: packed.state = State::waiting; break;
    case State::incomplete:
    case State::damaged:
      if (is_changed) packed.state = State::waiting;
      if (facts.size < packed.facts.size) packed.check.reset();
      break;
    case State::done:
    case State::copy:
      if (is_larger) packed.state = State::waiting;
      break;
  }
  packed.facts = facts;
}

void PackedFiles::touched(const std::string& path) {
  FileFacts facts;
  if (!look_at(path, facts)) return;
  const auto found = packed_.find(facts.key);
  if (found != packed_.end() && found->second.state == State::incomplete)
    see(found->second.path, facts, found->second.sight);
}

void PackedFiles::end_discovery() {
  std::erase_if(packed_, [&](const auto& entry) { return !entry.second.is_seen && entry.first != current_; });
  for (auto& [key, packed] : packed_) {
    packed.is_seen = false;
    if (packed.state == State::copy) look_at_twin(packed);
  }
  forget_kept_checks();
}

void PackedFiles::forget_kept_checks() {
  std::size_t kept = 0;
  for (auto& [key, packed] : packed_)
    if (packed.state != State::checking && packed.check && ++kept > kMostKept) packed.check.reset();
}

// Once the open file was delivered as far as the copy goes, nothing of the copy is left.
void PackedFiles::look_at_twin(Packed& packed) {
  const std::shared_ptr<TailedFile> twin = find_open(packed.twin);
  if (!twin || twin->generation() != packed.twin_generation) {
    packed.state = State::waiting;
    return;
  }
  if (twin->delivered_position().offset < packed.position.plain_size) return;
  const std::array entry{packed.position};
  checkpoint_.put(entry);
  packed.state = State::done;
}

bool PackedFiles::can_go_on(const Packed& packed) {
  return packed.state == State::waiting || packed.state == State::checking || packed.state == State::skipping;
}

std::size_t PackedFiles::unread() const {
  return static_cast<std::size_t>(std::count_if(packed_.begin(), packed_.end(),
                                                [](const auto& entry) { return can_go_on(entry.second); }));
}

std::optional<std::int64_t> PackedFiles::oldest_change() const {
  std::optional<std::int64_t> oldest;
  for (const auto& [key, packed] : packed_)
    if (can_go_on(packed))
      oldest = std::min(oldest.value_or(packed.facts.modified_ns), packed.facts.modified_ns);
  return oldest;
}

bool PackedFiles::has_urgent_work() const {
  return std::any_of(packed_.begin(), packed_.end(), [](const auto& entry) {
    return can_go_on(entry.second) && entry.second.sight.is_urgent;
  });
}

// The file that is on its way, or the next one.
PackedFiles::Packed* PackedFiles::current() {
  if (current_) {
    Packed& packed = packed_.at(*current_);
    if (packed.state == State::checking || packed.state == State::skipping) return &packed;
    if (packed.state == State::reading) return nullptr;
  }
  Packed* best = nullptr;
  const auto rank = [](const Packed& packed) {
    return std::tuple(!packed.sight.is_urgent, packed.facts.modified_ns, packed.path);
  };
  for (auto& [key, packed] : packed_)
    if (packed.state == State::waiting && (best == nullptr || rank(packed) < rank(*best))) best = &packed;
  current_ = best == nullptr ? std::nullopt : std::optional(best->facts.key);
  return best;
}

std::optional<PackedFiles::Ready> PackedFiles::step() {
  Packed* const packed = current();
  if (packed == nullptr) return std::nullopt;
  try {
    if (packed->state == State::waiting) begin(*packed);
    if (packed->state == State::checking) check(*packed);
    if (packed->state != State::skipping ||
        !packed->text->skip_to(packed->file, packed->position.offset, kStep))
      return std::nullopt;
    packed->file.read_as(std::move(packed->text));
    packed->state = State::reading;
    return Ready{std::move(packed->file), packed->position};
  } catch (const Error& error) {
    fail(*packed, error.code() == Errc::bad_message, error.what());
    return std::nullopt;
  }
}

void PackedFiles::fail(Packed& packed, bool is_damage, const std::string& problem) {
  // What was read of it before may have been written over since.
  const bool is_again = is_damage && std::exchange(packed.is_resumed, false);
  packed.state = is_again ? State::waiting : is_damage ? State::damaged : State::unreadable;
  packed.problem = problem;
  packed.check.reset();
  packed.text.reset();
  packed.file.close();
  if (is_damage && !is_again) ++damaged_;
}

void PackedFiles::begin(Packed& packed) {
  packed.problem.clear();
  const auto& files = host_.files();
  const auto is_this = [&](const auto& file) { return file->key() == packed.facts.key; };
  if (std::any_of(files.begin(), files.end(), is_this)) {
    packed.state = State::unreadable;  // until what was read of it has been delivered
    return;
  }
  packed.is_resumed = packed.check != nullptr;
  if (!packed.check) {
    InputFile file = host_.open(packed.path, packed.facts.key);
    if (!file.is_open()) {
      packed.state = State::unreadable;
      return;
    }
    if (settle_known(packed, file)) return;
    packed.check = std::make_unique<PackedCheck>(std::move(file), packing_of(packed.path));
  }
  packed.state = State::checking;
}

// A file that was complete when the checkpoint noted it and has not changed: it needs no check.
bool PackedFiles::settle_known(Packed& packed, InputFile& file) {
  const std::uint64_t size = file.facts().size;
  for (const auto& [id, position] : checkpoint_.positions()) {
    if (position.packed_size == 0 || position.packed_size != size || find_open(id)) continue;
    // Logs of two days may have the same bytes.
    if (position.print.inode != packed.facts.key.inode) continue;
    if (take_mark(file, size) != position.mark) continue;
    PackedFacts facts{std::string(position.print.size, '\0'), position.plain_size, size, position.mark};
    PackedText beginning(packing_of(packed.path));
    std::size_t count = 0;
    while (count < facts.head.size() && !beginning.is_exhausted())
      count += beginning.read(file, std::span(facts.head).subspan(count));
    if (hash_of(facts.head) != position.print.hash) continue;
    settle(packed, std::move(file), position, facts);
    return true;
  }
  return false;
}

void PackedFiles::check(Packed& packed) {
  const auto wanted = [&](const std::string& head) {
    std::vector<std::uint64_t> offsets;
    for (const FilePosition& origin : find_origins(packed, head)) offsets.push_back(origin.offset);
    return offsets;
  };
  const PackedCheck::State state = packed.check->step(kStep, wanted);
  if (state == PackedCheck::State::incomplete) {
    packed.state = State::incomplete;
    forget_kept_checks();
  }
  if (state == PackedCheck::State::complete) recognize(packed);
}

// Entries of files that are gone, and one of this file itself when it was shorter.
std::vector<FilePosition> PackedFiles::find_origins(const Packed& packed, const std::string& head) const {
  std::vector<FilePosition> origins;
  const InputFile& file = packed.check->file();
  const CopyFacts copy{packed.path, head, packed.facts.modified_ns};
  for (const auto& [id, position] : checkpoint_.positions()) {
    const bool is_itself = position.packed_size > 0 && position.print.inode == packed.facts.key.inode &&
                           has_mark(file, position.packed_size, position.mark);
    const bool is_origin =
        position.packed_size == 0 && may_be_copy_of(position, copy) && path_now(position).empty();
    if ((is_itself || is_origin) && !find_open(id)) origins.push_back(position);
  }
  return origins;
}

// `is_unsure`: a file has gone during the check, and the text's mark at its offset is not known.
std::optional<FilePosition> PackedFiles::best_origin(const Packed& packed, bool& is_unsure) const {
  std::optional<FilePosition> best;
  for (const FilePosition& origin : find_origins(packed, packed.check->head())) {
    if (origin.offset > packed.check->facts().plain_size) continue;
    const std::optional<std::uint64_t> mark = packed.check->mark_at(origin.offset);
    is_unsure = is_unsure || !mark;
    if (!mark || (origin.packed_size == 0 && *mark != origin.mark)) continue;
    if (!best || fit_of(*best, packed.path) < fit_of(origin, packed.path)) best = origin;
  }
  return best;
}

// The open file whose first bytes the text is: those at its beginning and at its end are the same.
std::shared_ptr<TailedFile> PackedFiles::find_twin(const Packed& packed) const {
  const PackedFacts& facts = packed.check->facts();
  if (facts.plain_size == 0) return nullptr;
  for (const auto& open : host_.files()) {
    const InputFile& file = open->file();
    const FileFacts now = file.facts();
    if (file.packed() != nullptr || now.size < facts.plain_size) continue;
    // A copy has its original's time, or a later one. This file was written after it and has no more.
    const bool is_younger = packed.facts.modified_ns / kSecond < now.modified_ns / kSecond;
    if (is_younger && now.size == facts.plain_size) continue;
    if (facts.head.size() < kPrintSize && !are_of_one_log(open->path(), packed.path)) continue;
    const FilePrint print = take_print(file, static_cast<std::uint32_t>(facts.head.size()));
    if (print.size == facts.head.size() && print.hash == hash_of(facts.head) &&
        take_mark(file, facts.plain_size) == packed.check->end_mark())
      return open;
  }
  return nullptr;
}

std::shared_ptr<TailedFile> PackedFiles::find_open(const std::string& id) const {
  const auto& files = host_.files();
  const auto found = std::find_if(files.begin(), files.end(), [&](const auto& f) { return f->id() == id; });
  return found == files.end() ? nullptr : *found;
}

FilePosition PackedFiles::first_position(const Packed& packed, const PackedFacts& facts) const {
  FilePosition position;
  position.id = new_file_id();
  if (packed.sight.starts_at_end) position.offset = facts.plain_size;
  return position;
}

void PackedFiles::recognize(Packed& packed) {
  const PackedFacts facts = packed.check->facts();
  bool is_unsure = false;
  const std::optional<FilePosition> origin = best_origin(packed, is_unsure);
  if (is_unsure) {
    packed.check.reset();
    packed.state = State::waiting;
    return;
  }
  const std::shared_ptr<TailedFile> twin = origin ? nullptr : find_twin(packed);
  const FilePosition position = origin ? *origin : first_position(packed, facts);
  InputFile file = packed.check->take_file();
  packed.check.reset();
  if (!origin && !twin && !packed.sight.is_covered) {
    packed.state = State::done;
    packed.facts.size = facts.packed_size;
    return;
  }
  if (!twin) return settle(packed, std::move(file), position, facts);
  describe(packed, file, position, facts);
  packed.position.offset = facts.plain_size;
  packed.state = State::copy;
  packed.twin = twin->id();
  packed.twin_generation = twin->generation();
}

// The position is the file's from here on.
void PackedFiles::describe(Packed& packed, InputFile& file, FilePosition position, const PackedFacts& facts) {
  packed.facts.size = facts.packed_size;
  packed.text = std::make_shared<PackedText>(packing_of(packed.path), facts);
  file.read_as(packed.text);
  position.path = packed.path;
  position.print = take_print(file);
  position.packed_size = facts.packed_size;
  position.plain_size = facts.plain_size;
  position.mark = facts.packed_mark;
  packed.position = std::move(position);
  file.read_as(nullptr);
}

void PackedFiles::settle(Packed& packed, InputFile file, const FilePosition& position,
                         const PackedFacts& facts) {
  describe(packed, file, position, facts);
  const std::array entry{packed.position};
  checkpoint_.put(entry);
  const bool is_done = position.offset >= facts.plain_size;
  packed.state = is_done ? State::done : State::skipping;
  if (is_done)
    packed.text.reset();
  else
    packed.file = std::move(file);
}

void PackedFiles::closed(const FileKey& key, const std::string& problem) {
  const auto found = packed_.find(key);
  if (found == packed_.end() || found->second.state != State::reading) return;
  found->second.state = State::done;
  if (!problem.empty()) fail(found->second, true, problem);
}

bool PackedFiles::needs(const FilePosition& position) const {
  if (position.packed_size > 0) return false;
  return std::any_of(packed_.begin(), packed_.end(), [&](const auto& entry) {
    const Packed& packed = entry.second;
    const bool is_open =
        can_go_on(packed) || ((packed.state == State::incomplete || packed.state == State::unreadable) &&
                              age_of(packed.facts) < kGivenUp);
    if (!is_open) return false;
    const std::string head = packed.check ? packed.check->head() : std::string();
    return head.empty() ? packed.sight.is_urgent || are_of_one_log(position.path, packed.path)
                        : may_be_copy_of(position, {packed.path, head, packed.facts.modified_ns});
  });
}

std::size_t PackedFiles::incomplete() const {
  return static_cast<std::size_t>(std::count_if(packed_.begin(), packed_.end(), [](const auto& entry) {
    return entry.second.state == State::incomplete;
  }));
}

std::string PackedFiles::problem() const {
  for (const auto& [key, packed] : packed_) {
    if (!packed.problem.empty()) return packed.problem;
    if (packed.state == State::incomplete && age_of(packed.facts) > kTold)
      return packed.path + ": not read: its end is missing";
  }
  return {};
}

}  // namespace logkit
