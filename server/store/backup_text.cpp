#include "store/backup_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

#include "agent/error.hpp"
#include "store/gateway_json.hpp"

namespace server::store {
namespace {

using agent::json::Document;
using agent::json::Value;
using agent::json::Writer;

constexpr std::size_t kPiece = 64 * 1024;

[[noreturn]] void fail(const std::string& why) { throw agent::Error(agent::Errc::bad_message, why); }

std::string sum_text(const RowSum& sum) { return fmt::format("{:016x}", sum.value()); }

}  // namespace

// The head, the leases, the keys, the end; "" behind it.
std::string BackupWriter::line() {
  const std::size_t keys = 1 + copy_.leases.size();
  const std::size_t end = keys + copy_.items.size();
  const std::size_t at = at_++;
  if (at > end) return {};
  Writer out;
  if (at == 0) {
    out.begin_object().key("store_backup").integer(kBackupFormat).key("id").string(copy_.id);
    gateway::write_int64(out, "revision", copy_.revision);
    out.end_object();
  } else if (at < keys) {
    const auto& [id, ttl] = copy_.leases[at - 1];
    out.begin_object();
    gateway::write_int64(out, "lease", id);
    gateway::write_int64(out, "ttl_ms", ttl.count());
    out.end_object();
  } else if (at < end) {
    gateway::write(out, *copy_.items[at - keys]);
  } else {
    out.begin_object().key("end").begin_object();
    out.key("leases").string(std::to_string(copy_.leases.size()));
    out.key("keys").string(std::to_string(copy_.items.size()));
    out.key("sum").string(sum_text(sum_)).end_object().end_object();
  }
  std::string text = out.take();
  sum_.add(std::string_view(text));
  return text + "\n";
}

std::string BackupWriter::next() {
  std::string piece;
  while (piece.size() < kPiece) {
    const std::string text = line();
    if (text.empty()) break;
    piece += text;
  }
  return piece;
}

void BackupReader::take(const std::string& line) {
  ++lines_;
  try {
    read(line);
  } catch (const agent::Error& error) {
    throw error.within("line " + std::to_string(lines_));
  }
}

void BackupReader::read(const std::string& line) {
  if (is_ended_) fail("there is something behind the end");
  const Document document = Document::parse(line);
  const Value root = document.root();
  if (const Value end = root.find("end"); end.is_object()) return read_end(end);
  sum_.add(std::string_view(line));
  if (lines_ == 1) {
    const Value format = root.find("store_backup");
    if (!format.is_number()) fail("no backup of a store");
    if (format.as_int(0, 1'000'000) != kBackupFormat) fail("a backup of another format: " + format.text());
    copy_.id = std::string(root.find("id").as_string());
    copy_.revision = gateway::read_int64(root.find("revision"));
  } else if (const Value ttl = root.find("ttl_ms"); !ttl.is_null()) {
    copy_.leases.emplace_back(gateway::read_int64(root.find("lease")),
                              std::chrono::milliseconds(gateway::read_int64(ttl)));
  } else {
    read_key(root);
  }
}

// What no store has written is damage, too.
void BackupReader::read_key(Value line) {
  KeyValue item = gateway::read_key_value(line);
  check_key(item.key);
  if (item.value.size() > kMaxValue) fail("a value of " + std::to_string(item.value.size()) + " bytes");
  if (item.version < 1 || item.created < 1 || item.modified < item.created || item.modified > copy_.revision)
    fail("a key with revisions that cannot be");
  if (!copy_.items.empty() && copy_.items.back()->key >= item.key) fail("keys that are not in their order");
  copy_.items.push_back(std::make_shared<const KeyValue>(std::move(item)));
}

void BackupReader::read_end(Value end) {
  const bool is_whole = gateway::read_uint64(end.find("leases")) == copy_.leases.size() &&
                        gateway::read_uint64(end.find("keys")) == copy_.items.size() &&
                        end.find("sum").as_string() == sum_text(sum_);
  if (!is_whole) fail("damaged: the lines are not what was written");
  is_ended_ = true;
}

StoreCopy BackupReader::finish() {
  if (!is_ended_) fail("cut short: the last line is missing");
  return std::move(copy_);
}

StoreCopy read_backup(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw agent::system_error("open " + path, errno);
  try {
    BackupReader reader;
    for (std::string line; std::getline(file, line);) reader.take(line);
    if (file.bad()) throw agent::system_error("read", errno);
    return reader.finish();
  } catch (const agent::Error& error) {
    throw error.within(path);
  }
}

}  // namespace server::store
