#include "agent/spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <utility>

#include "agent/error.hpp"
#include "base/boot_number.hpp"
#include "base/directory.hpp"
#include "base/random_bytes.hpp"
#include "base/spool_disk.hpp"
#include "base/spool_files.hpp"
#include "base/spool_walk.hpp"

namespace agent {
namespace {

using spool::Position;
using spool::RecordFile;

constexpr std::uint64_t kLeastSize = 64 * 1024;
constexpr std::uint64_t kMostFileSize = 16 * 1024 * 1024;
constexpr std::uint64_t kFilesOfSpool = 16;
// Numbers that are passed over after a restart of the system: more than can have been given to records that
// the disk never got. It has seconds for that, and a record has 20 bytes at least.
constexpr std::uint64_t kNumbersInDoubt = std::uint64_t{1} << 32;

std::uint64_t random_id() {
  std::array<unsigned char, 8> bytes{};
  fill_random(bytes);
  std::uint64_t id = 0;
  for (const unsigned char byte : bytes) id = id << 8 | byte;
  return id;
}

// Where the reader goes on: the record with this number begins here, if it is in the file.
struct Cursor {
  std::uint64_t file = 0;  // its first number
  std::uint64_t number = 0;
  std::uint64_t offset = 0;
};

}  // namespace

struct Spool::State {
  explicit State(const SpoolOptions& the_options);

  // ---- opening
  void find_files();
  RecordFile look_at(std::uint64_t first);
  std::vector<RecordFile> look_at_all();
  void find_last_record(RecordFile& file);
  void open_last();

  // ---- writing
  bool make_room(std::uint64_t bytes);
  bool write(std::span<const std::string_view> records, std::uint64_t bytes);
  bool start_file();
  bool failed(const std::string& path, int reason);
  void drop_oldest();
  void remove(const std::vector<RecordFile>& spare);
  bool keep_position();

  // ---- reading
  struct Part {
    RecordFile file;
    Cursor cursor;
  };
  std::optional<Part> part_of(std::uint64_t from);
  void read_part(Part& part, std::uint64_t from, std::size_t most_records, std::size_t most_bytes,
                 std::vector<SpoolRecord>& out);

  std::string path_of(const RecordFile& file) const { return spool::records_path(directory, file.first); }

  std::string directory;
  std::uint64_t size;
  std::uint64_t file_size;
  FileHandle position_file;
  std::uint64_t number = 0;  // the id
  std::uint64_t turn = 0;
  std::uint64_t boot = 0;
  std::string id;

  std::mutex mutex;  // guards what follows
  spool::SpoolFiles files;
  FileHandle last;  // the last of them, if it is open for more
  Cursor cursor;
  std::string problem;

  FileHandle read_file;  // the reader's
  std::uint64_t read_first = 0;
};

// ---- opening

Spool::State::State(const SpoolOptions& options)
    : directory(options.directory),
      size(std::max(options.size.value, kLeastSize)),
      file_size(options.file_size.value != 0 ? options.file_size.value
                                             : std::min(size / kFilesOfSpool, kMostFileSize)),
      boot(boot_number()) {
  constexpr unsigned kOnlyOwner = 0700;
  make_directories(directory, kOnlyOwner);
  position_file = spool::open_alone(directory + "/position");
  find_files();
  if (!keep_position()) throw system_error("write " + position_file.name(), errno);
}

// What the directory says: the position, and the files behind it.
void Spool::State::find_files() {
  const auto kept = spool::decode_positions(position_file.read_at(0, 2 * spool::kSlotSize));
  Position position = kept.value_or(Position{});
  number = position.spool;
  turn = position.turn;
  std::vector<RecordFile> found = look_at_all();
  if (number == 0) number = random_id();
  id = fmt::format("{:016x}", number);
  if (!kept && !found.empty()) position.gone = found.front().first - 1;
  const bool is_new = !kept && found.empty();
  const bool is_in_doubt = !is_new && (position.boot != boot || boot == 0);
  std::vector<RecordFile> spare;
  files.begin(position, std::move(found), spare);
  remove(spare);
  is_in_doubt ? files.skip(kNumbersInDoubt) : open_last();
}

std::vector<RecordFile> Spool::State::look_at_all() {
  std::vector<RecordFile> found;
  for (const std::uint64_t first : spool::list_records(directory)) {
    RecordFile file = look_at(first);
    if (file.size == 0) {
      spool::remove_file(path_of(file));
      continue;
    }
    if (!found.empty() && file.after == 0) find_last_record(found.back());
    if (!found.empty() && file.after != 0) found.back().last = std::max(file.after, found.back().last);
    if (file.after == 0) file.after = found.empty() ? first - 1 : found.back().last;
    found.push_back(file);
  }
  if (!found.empty()) find_last_record(found.back());
  return found;
}

// The size is 0 for a file without records, or of another spool; `after` is 0 when its head does not say it.
// A head tells the id when the position does not.
RecordFile Spool::State::look_at(std::uint64_t first) {
  RecordFile file;
  file.first = first;
  file.last = first - 1;
  const FileHandle opened = spool::open_records(path_of(file));
  if (!opened.is_open() || opened.size() <= spool::kFileHeadSize) return file;
  const auto head = spool::decode_head(opened.read_at(0, spool::kFileHeadSize));
  if (head && number != 0 && head->spool != number) return file;
  if (head) number = head->spool;
  if (head && head->after < first) file.after = head->after;
  file.size = opened.size();
  return file;
}

// Its size becomes that of what is whole.
void Spool::State::find_last_record(RecordFile& file) {
  const FileHandle opened = spool::open_records(path_of(file));
  spool::SpoolWalk walk(opened, spool::kFileHeadSize, file.size, file.first - 1);
  while (const auto record = walk.next()) file.last = record->number;
  file.size = walk.record_end();
}

// It takes more records, without what was half written.
void Spool::State::open_last() {
  if (files.empty() || files.back().size >= file_size) return;
  FileHandle opened = spool::open_records(path_of(files.back()));
  if (opened.is_open() && spool::cut_off(opened, files.back().size)) last = std::move(opened);
}

// ---- writing

bool Spool::State::failed(const std::string& path, int reason) {
  problem = system_error("write " + path, reason).what();
  return false;
}

// Where it fails, records that were released come once more after a restart.
bool Spool::State::keep_position() {
  Position position = files.position();
  position.spool = number;
  position.boot = boot;
  position.turn = ++turn;
  const std::string slot = spool::encode_position(position);
  return position_file.write_some_at(turn % 2 * spool::kSlotSize, slot) == slot.size();
}

void Spool::State::remove(const std::vector<RecordFile>& spare) {
  for (const RecordFile& file : spare) spool::remove_file(path_of(file));
}

void Spool::State::drop_oldest() {
  const RecordFile file = files.drop_oldest();
  if (files.empty()) last = FileHandle();
  keep_position();  // first: what is gone is never counted twice
  remove({file});
}

bool Spool::State::make_room(std::uint64_t bytes) {
  const std::uint64_t needed = bytes + spool::kFileHeadSize;
  if (needed > size / 2) {
    problem = fmt::format("{} bytes at once are more than half of the spool", bytes);
    return false;
  }
  while (!files.empty() && files.bytes() + needed > size) drop_oldest();
  if (last.is_open() && files.back().size + bytes > file_size) last = FileHandle();
  return true;
}

bool Spool::State::start_file() {
  files.add_file();
  const RecordFile& file = files.back();
  const std::string path = path_of(file);
  const std::string head = spool::encode_head({number, file.first, file.after});
  FileHandle made = spool::make_records(path);
  if (made.is_open() && made.write_some(head) == head.size()) {
    last = std::move(made);
    return true;
  }
  const int reason = errno;
  if (made.is_open()) spool::remove_file(path);
  files.forget_last();
  return failed(path, reason);
}

bool Spool::State::write(std::span<const std::string_view> records, std::uint64_t bytes) {
  if (!last.is_open() && !start_file()) return false;
  std::string block;
  block.reserve(bytes);
  std::uint64_t next = files.next();
  for (const std::string_view record : records) spool::append_record(block, next++, record);
  if (last.write_some(block) == block.size()) {
    files.add_records(records.size(), block.size());
    return true;
  }
  const int reason = errno;
  const RecordFile& file = files.back();
  const bool is_empty = file.last < file.first;
  failed(last.name(), reason);
  if (is_empty) spool::remove_file(last.name());
  if (is_empty || !spool::cut_off(last, file.size)) last = FileHandle();
  if (is_empty) files.forget_last();
  return false;
}

// ---- reading

std::optional<Spool::State::Part> Spool::State::part_of(std::uint64_t from) {
  const std::lock_guard lock(mutex);
  const RecordFile* file = files.find(from);
  if (file == nullptr) return std::nullopt;
  Part part{*file, {file->first, file->first, spool::kFileHeadSize}};
  if (cursor.file == file->first && cursor.number <= from) part.cursor = cursor;
  // In the lock: it cannot be dropped before it is open.
  if (read_first != file->first || !read_file.is_open()) {
    read_file = spool::open_records(path_of(*file));
    read_first = file->first;
  }
  return part;
}

// The records of one file, until there are enough. What is not there is judged.
void Spool::State::read_part(Part& part, std::uint64_t from, std::size_t most_records, std::size_t most_bytes,
                             std::vector<SpoolRecord>& out) {
  std::size_t bytes = 0;
  for (const SpoolRecord& record : out) bytes += record.data.size();
  std::uint64_t expected = part.cursor.number;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> missing;
  spool::SpoolWalk walk(read_file, part.cursor.offset, part.file.size, expected - 1);
  bool is_full = false;
  try {
    while (expected <= part.file.last) {
      const auto record = read_file.is_open() ? walk.next() : std::nullopt;
      const std::uint64_t number_found = record ? record->number : part.file.last + 1;
      if (number_found > expected) missing.emplace_back(expected, number_found - 1);
      if (!record) break;
      is_full = record->number >= from && !out.empty() &&
                (out.size() >= most_records || bytes + record->data.size() > most_bytes);
      if (is_full) break;
      if (record->number >= from) {
        out.push_back({record->number, std::string(record->data)});
        bytes += record->data.size();
      }
      expected = record->number + 1;
      part.cursor = {part.file.first, expected, walk.record_end()};
      if (out.size() >= most_records) break;
    }
  } catch (const Error&) {
    missing.emplace_back(expected, part.file.last);  // the disk does not give it
  }
  const std::lock_guard lock(mutex);
  cursor = part.cursor;
  for (const auto& [first, to] : missing) files.judge(part.file.first, first, to);
}

// ---- Spool

Spool::Spool(const SpoolOptions& options) : state_(std::make_unique<State>(options)) {}
Spool::~Spool() = default;

const std::string& Spool::id() const { return state_->id; }

std::uint64_t Spool::append(std::span<const std::string_view> records) {
  std::uint64_t bytes = 0;
  for (const std::string_view record : records) bytes += spool::kRecordHeadSize + record.size();
  const std::lock_guard lock(state_->mutex);
  if (!state_->make_room(bytes) || !state_->write(records, bytes)) return 0;
  state_->problem.clear();
  return state_->files.next() - 1;
}

std::vector<SpoolRecord> Spool::read(std::uint64_t from, std::size_t most_records, std::size_t most_bytes) {
  std::vector<SpoolRecord> out;
  from = std::max(from, first());
  std::uint64_t next = from;
  while (out.empty()) {
    std::optional<State::Part> part = state_->part_of(next);
    if (!part) break;
    state_->read_part(*part, from, most_records, most_bytes, out);
    next = part->file.last + 1;
  }
  return out;
}

void Spool::release(std::uint64_t up_to) {
  const std::lock_guard lock(state_->mutex);
  if (up_to < state_->files.position().gone + 1) return;
  const std::vector<RecordFile> spare = state_->files.release(up_to, state_->file_size / 2);
  if (state_->files.empty()) state_->last = FileHandle();
  state_->keep_position();
  state_->remove(spare);
}

void Spool::sync() {
  const std::lock_guard lock(state_->mutex);
  if (state_->last.is_open()) state_->last.sync();
  state_->position_file.sync();
}

std::uint64_t Spool::first() const {
  const std::lock_guard lock(state_->mutex);
  return state_->files.position().gone + 1;
}

std::uint64_t Spool::next() const {
  const std::lock_guard lock(state_->mutex);
  return state_->files.next();
}

std::uint64_t Spool::dropped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->files.position().dropped;
}

std::uint64_t Spool::bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->files.bytes();
}

std::string Spool::problem() const {
  const std::lock_guard lock(state_->mutex);
  return state_->problem;
}

}  // namespace agent
