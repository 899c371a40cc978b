#include "file_reader.hpp"

#include <agent/error.hpp>
#include <algorithm>
#include <array>
#include <filesystem>

namespace logkit {
namespace {

namespace fs = std::filesystem;
using agent::Errc;
using agent::Error;

// A file without a name may still be written to by who has it open.
constexpr std::chrono::seconds kGrace{5};
// How often entries are looked for whose files are gone.
constexpr std::chrono::minutes kCleaning{10};

}  // namespace

FileReader::FileReader(FileSource source, ReadRights rights, Checkpoint& checkpoint)
    : source_(std::move(source)),
      rights_(std::move(rights)),
      checkpoint_(checkpoint),
      known_(checkpoint),
      packed_(checkpoint,
              {[this](const std::string& path, const FileKey& key) { return open_file(path, key); },
               [this]() -> const Files& { return files_; }}) {
  if (checkpoint.damaged() > 0)
    note("checkpoint: " + std::to_string(checkpoint.damaged()) + " damaged lines were passed over");
}

void FileReader::note(std::string problem) {
  if (found_problem_.empty()) found_problem_ = std::move(problem);
}

void FileReader::discover(SteadyTime now) {
  seen_.clear();
  known_.refresh();
  // Files that were renamed while nobody looked have older lines than those that have their names now.
  if (is_first_) find_moved(now);
  std::string why_not;
  for (const std::string& path : source_.find(&why_not)) look_for(path, now);
  if (!why_not.empty()) note(why_not);
  look_for_copies();
  is_first_ = false;
  drop_own();
  // What was not found may have its name all the same otherwise.
  if (why_not.empty()) update_names();
  look();
  packed_.end_discovery();
  close_finished(now);
  give_up_deleted(now);
  if (now >= next_cleaning_) forget_gone();
  if (now >= next_cleaning_) next_cleaning_ = now + kCleaning;
  if (const std::string problem = packed_.problem(); !problem.empty()) note(problem);
  problem_ = std::move(found_problem_);
  found_problem_.clear();
}

void FileReader::look_for(const std::string& path, SteadyTime now) {
  FileFacts facts;
  if (!look_at(path, facts)) {
    if (source_.mode == ReadMode::file || errno != ENOENT)
      note(agent::system_error("look at " + path, errno).what());
    return;
  }
  if (!seen_.insert(facts.key).second) return;  // another name of the same file
  const bool is_packed = packing_of(path) != Packing::none;
  if (is_packed) packed_.see(path, facts, {.is_covered = true, .starts_at_end = skips_old()});
  if (const auto found = by_key_.find(facts.key); found != by_key_.end()) {
    found->second->set_path(path);
    by_path_[path] = found->second;
    found->second->is_detached = false;
    return;
  }
  if (is_packed) return;
  try {
    open(path, facts.key, now);
  } catch (const Error& error) {
    note(error.what());
  }
}

// Compressed files that the reader stands in, or may, also where the pattern does not cover them.
void FileReader::look_for_copies() {
  for (auto& [key, path] : copies_) {
    FileFacts facts;
    bool is_readable = false;
    if (!look_at(path, facts) || facts.key != key)
      path = find_inode(fs::path(path).parent_path().string(), key.inode, is_readable);
    if (look_at(path, facts) && facts.key == key) packed_.see(path, facts, {.is_urgent = true});
  }
  std::erase_if(copies_, [](const auto& copy) { return copy.second.empty(); });
}

void FileReader::note_copy(const std::string& path) {
  FileFacts facts;
  if (look_at(path, facts)) copies_[facts.key] = path;
}

InputFile FileReader::open_file(const std::string& path, const FileKey& key) {
  if (files_.size() >= source_.max_open)
    throw Error(Errc::too_many,
                path + ": more than max_open_files (" + std::to_string(source_.max_open) + ") would be open");
  InputFile file(path);
  rights_.roots.check(file.path(), path);
  if (rights_.own) {
    const std::string what = rights_.own->what_is(file.path(), file.facts().key);
    if (!what.empty()) throw Error(Errc::denied, path + ": not read: it is " + what);
  }
  if (file.facts().key != key) file.close();  // it changed its place this moment: the next look finds it
  return file;
}

void FileReader::open(const std::string& path, const FileKey& key, SteadyTime now) {
  InputFile file = open_file(path, key);
  if (!file.is_open()) return;
  const FileFacts facts = file.facts();
  KnownFiles::Match match = known_.recognize(file, facts);
  const auto was_here = [&](const std::string& id) { return checkpoint_.positions().at(id).path == path; };
  if (match.is_truncated || std::ranges::any_of(match.taken, was_here)) ++closed_.truncations;
  for (const std::string& id : match.taken) forget(id);
  if (!match.is_known && skips_old()) match.position.offset = facts.size;
  match.position.path = path;
  auto tail = std::make_shared<TailedFile>(std::move(file), match.position, source_.tail, now);
  const std::array start{tail->position_at(match.position.offset)};
  checkpoint_.put(start);
  by_path_[path] = tail;
  by_path_[tail->file().path()] = tail;
  known_.open(tail->id());
  order_.clear();
  by_key_[facts.key] = tail;
  files_.push_back(std::move(tail));
}

// False: there is no compressed file to go on with, or others come first.
bool FileReader::go_on_with_packed(SteadyTime now, bool is_urgent) {
  if (is_urgent && source_.mode == ReadMode::tailx && !packed_.has_urgent_work()) return false;
  if (const auto open = open_packed_.lock()) {
    if (!open->is_drained()) return false;
    packed_.closed(open->key());
    open_packed_.reset();
  }
  if (packed_.unread() == 0) return false;
  std::optional<PackedFiles::Ready> ready = packed_.step();
  if (problem_.empty()) problem_ = packed_.problem();
  if (!ready) return true;
  // Its last line waits for nothing. It has older lines than files that are not compressed.
  TailOptions options = source_.tail;
  options.line_timeout = {};
  auto tail = std::make_shared<TailedFile>(std::move(ready->file), ready->position, options, now);
  tail->is_detached = !seen_.contains(tail->key());
  known_.open(tail->id());
  by_key_[tail->key()] = tail;
  open_packed_ = tail;
  order_.clear();
  files_.insert(files_.begin(), std::move(tail));
  return true;
}

void FileReader::touched(const std::string& path) {
  const auto found = by_path_.find(path);
  const std::shared_ptr<TailedFile> file = found == by_path_.end() ? nullptr : found->second.lock();
  packed_.touched(path);
  if (!file) return;
  look_at_file(*file);
  file->is_silent = false;
}

void FileReader::look_at_file(TailedFile& file) {
  const std::uint64_t before = file.size();
  try {
    file.look();
  } catch (const Error& error) {
    problem_ = error.what();
  }
  if (file.size() != before) file.is_silent = true;
}

void FileReader::look() {
  for (const auto& file : files_) look_at_file(*file);
}

void FileReader::look_at_silent() {
  for (const auto& file : files_)
    if (file->is_silent || file->is_detached) look_at_file(*file);
}

// Those of the patterns, and of the files that links lead to.
std::set<std::string> FileReader::directories() const {
  std::set<std::string> found;
  for (std::string& directory : source_.directories()) found.insert(std::move(directory));
  for (const auto& file : files_) found.insert(fs::path(file->file().path()).parent_path().string());
  return found;
}

// Files with unread lines that have another name since the agent was here last, and compressed copies of such
// files.
void FileReader::find_moved(SteadyTime now) {
  CopySearch search;
  std::map<std::string, FileKey> moved;
  for (const auto& [id, position] : checkpoint_.positions()) {
    const std::string path = path_now(position);
    note_copies(position, path, search);
    FileFacts facts;
    if (position.packed_size > 0 || path == position.path || !look_at(path, facts)) continue;
    if (facts.size <= position.offset) continue;
    try {
      if (has_mark(InputFile(path), position.offset, position.mark)) moved[path] = facts.key;
    } catch (const Error& error) {
      note(error.what());
    }
  }
  for (const auto& [path, key] : moved) {
    try {
      open(path, key, now);
    } catch (const Error& error) {
      note(error.what());
    }
  }
  look_for_copies();
}

// Nothing is read of a file that somebody of this program has begun to write since it was opened.
void FileReader::drop_own() {
  if (!rights_.own || rights_.own->additions() == own_additions_) return;
  own_additions_ = rights_.own->additions();
  for (std::size_t i = files_.size(); i-- > 0;) {
    const std::string what = rights_.own->what_is(files_[i]->file().path(), files_[i]->key());
    if (what.empty()) continue;
    note(files_[i]->path() + ": not read: it is " + what);
    drop(i);
  }
}

// Which files have lost the name under which they were found.
void FileReader::update_names() {
  for (const auto& file : files_)
    if (!seen_.contains(file->key())) file->is_detached = true;
  order_.clear();  // a file may have another directory now
}

void FileReader::close_finished(SteadyTime now) {
  for (std::size_t i = files_.size(); i-- > 0;) {
    const TailedFile& file = *files_[i];
    const bool is_packed = file.file().packed() != nullptr;
    const bool is_left = is_packed || (file.is_detached && now - file.last_change() > kGrace);
    if (is_left && file.is_drained() && file.is_delivered()) drop(i);
  }
}

// Their space on the disk is needed more than what is in them.
void FileReader::give_up_deleted(SteadyTime now) {
  if (source_.deleted.is_none()) return;
  Files deleted;
  std::vector<DeletedFile> sizes;
  for (const auto& file : files_) {
    if (!file->is_detached || file->file().facts().links > 0) continue;
    if (!file->deleted_since) file->deleted_since = now;
    deleted.push_back(file);
    sizes.push_back({now - *file->deleted_since, file->size()});
  }
  const std::vector<bool> beyond = find_beyond(sizes, source_.deleted);
  for (std::size_t i = 0; i < deleted.size(); ++i) {
    if (!beyond[i]) continue;
    ++closed_.given_up_files;
    closed_.given_up_bytes += deleted[i]->lag();
    note(deleted[i]->path() + ": given up, for it is deleted and beyond the limits");
    drop(static_cast<std::size_t>(std::ranges::find(files_, deleted[i]) - files_.begin()));
  }
}

// False: there is no trace of the file that is at `path` now.
bool FileReader::note_copies(const FilePosition& position, const std::string& path, CopySearch& search) {
  const bool is_packed = position.packed_size > 0;
  if (!path.empty()) {
    if (is_packed && position.offset < position.plain_size) note_copy(path);
    return true;
  }
  if (is_packed) return false;
  const std::set<std::string> copies = search.find(position);
  for (const std::string& copy : copies) note_copy(copy);
  return !copies.empty();
}

// Unless a compressed copy may go on with it.
void FileReader::forget(const std::string& id) {
  const auto known = checkpoint_.positions().find(id);
  if (known != checkpoint_.positions().end() && !packed_.needs(known->second)) checkpoint_.forget(id);
}

void FileReader::drop(std::size_t index) {
  const std::shared_ptr<TailedFile> file = files_[index];
  if (file->file().packed() != nullptr) packed_.closed(file->key());
  if (file->file().facts().links == 0) forget(file->id());
  closed_.truncations += file->truncations();
  closed_.lost_bytes += file->lost_bytes();
  closed_.repaired_lines += file->decoder().repaired_lines();
  known_.close(file->id());
  order_.clear();
  by_key_.erase(file->key());
  std::erase_if(by_path_, [&](const auto& entry) { return entry.second.lock() == file; });
  files_.erase(files_.begin() + static_cast<long>(index));
}

// Entries of files that do not exist any more.
void FileReader::forget_gone() {
  CopySearch search;
  std::vector<std::string> gone;
  for (const auto& [id, position] : checkpoint_.positions())
    if (!known_.is_open(id) && !note_copies(position, path_now(position), search)) gone.push_back(id);
  for (const std::string& id : gone) forget(id);
}

bool FileReader::read_file(TailedFile& file, SteadyTime now, const LineSink& sink) {
  try {
    return file.read(now, sink);
  } catch (const Error& error) {
    problem_ = error.what();
    if (file.file().packed() != nullptr) broken_ = {file.shared_from_this(), error.what()};
    return false;
  }
}

// A compressed file that is not what it was any more.
void FileReader::drop_broken() {
  if (!broken_.first) return;
  packed_.closed(broken_.first->key(), broken_.second);
  const auto found = std::find(files_.begin(), files_.end(), broken_.first);
  if (found != files_.end()) drop(static_cast<std::size_t>(found - files_.begin()));
  broken_ = {};
}

bool FileReader::read(SteadyTime now, const LineSink& sink) {
  drop_broken();
  if (go_on_with_packed(now, true)) return true;
  // A file that has lost its name has older lines than the one that has it now.
  for (const auto& file : files_)
    if (file->is_detached && read_file(*file, now, sink)) return true;
  // Others and compressed files take turns.
  is_turn_of_packed_ = !is_turn_of_packed_;
  if (is_turn_of_packed_ && go_on_with_packed(now, false)) return true;
  order_.arrange(files_, source_.has_streams());
  if (order_.read([&](TailedFile& file) { return read_file(file, now, sink); })) return true;
  return go_on_with_packed(now, false);
}

bool FileReader::end_lines(const LineSink& sink) {
  for (const auto& file : files_) {
    if (!file->has_rest()) continue;
    file->end_line(sink);
    return true;
  }
  return false;
}

std::shared_ptr<TailedFile> FileReader::find(const std::string& id) const {
  const auto found = std::find_if(files_.begin(), files_.end(), [&](const auto& f) { return f->id() == id; });
  return found == files_.end() ? nullptr : *found;
}

void FileReader::remember(TailedFile& file) {
  const auto known = checkpoint_.positions().find(file.id());
  if (known == checkpoint_.positions().end()) return;
  const FilePosition position = file.delivered_position();
  if (known->second.generation == position.generation && known->second.print.size >= position.print.size)
    return;
  checkpoint_.put({&position, 1});
}

void FileReader::delivered(const std::vector<FilePosition>& positions) {
  std::vector<FilePosition> kept;
  for (const FilePosition& position : positions) {
    const std::shared_ptr<TailedFile> file = find(position.id);
    // A file that was truncated meanwhile is further than this.
    if (file && file->generation() != position.generation) continue;
    if (file) file->delivered(position.generation, position.offset);
    if (file || checkpoint_.positions().contains(position.id)) kept.push_back(position);
  }
  checkpoint_.put(kept);
}

}  // namespace logkit
