// BackupWriter, BackupReader: a StoreCopy as lines of JSON, which only a whole and undamaged file reads as.
//
//   {"store_backup":1,"id":"63b8...","revision":"7"}
//   {"lease":"77","ttl_ms":"5000"}                                    one a line, then
//   {"key":"L2E=","create_revision":"2","mod_revision":"3","version":"2","value":"MQ==","lease":"77"}
//   {"end":{"leases":"1","keys":"1","sum":"2f60..."}}
//
// Keys are in etcd's form (gateway_json.hpp). The sum is RowSum of all lines before the last one. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/json.hpp"
#include "store/row_sum.hpp"
#include "store/store_copy.hpp"

namespace server::store {

// The format that this program writes; it reads no other.
inline constexpr std::int64_t kBackupFormat = 1;

class BackupWriter {
 public:
  explicit BackupWriter(StoreCopy copy) : copy_(std::move(copy)) {}
  // The next lines, some 64 KiB of them; "" behind the last one.
  std::string next();

 private:
  std::string line();

  const StoreCopy copy_;
  std::size_t at_ = 0;  // lines that were given
  RowSum sum_;
};

class BackupReader {
 public:
  // The next line, without its end. Throws agent::Error bad_message with what is wrong and the line's number.
  void take(const std::string& line);
  // Everything, after the last line. Throws as take() when that was not the last one.
  StoreCopy finish();

 private:
  void read(const std::string& line);
  void read_key(agent::json::Value line);
  void read_end(agent::json::Value end);

  StoreCopy copy_;
  std::size_t lines_ = 0;
  RowSum sum_;
  bool is_ended_ = false;
};

// The backup in a file. Throws Errc::io and bad_message, with the file's name.
StoreCopy read_backup(const std::string& path);

}  // namespace server::store
