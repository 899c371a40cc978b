// Listing and fetching of an agent's own log files, which every agent answers (docs/wire.md, "Messages",
// 10000 to 10004).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

struct LogListRequest {
  static constexpr MessageKind message{10000, ""};
  static void fields(auto&) {}
};

struct LogFile {
  std::string name;
  std::uint64_t size = 0;
  Time mod;

  static void fields(auto& field) {
    field("name", &LogFile::name, "base name");
    field("size", &LogFile::size, "bytes");
    field("mod", &LogFile::mod, "last change");
  }
};

struct LogList {
  static constexpr MessageKind message{10001, "ls_log"};
  std::vector<LogFile> files;

  static void fields(auto& field) {
    field("files", &LogList::files, "the agent's log files, null when none");
  }
};

struct LogDownloadRequest {
  static constexpr MessageKind message{10002, "log_dreq"};
  std::vector<std::string> files;

  static void fields(auto& field) { field("files", &LogDownloadRequest::files, "names out of the list"); }
};

struct LogDownloadInfo {
  static constexpr MessageKind message{10003, "log_dinfo"};
  bool ok = false;
  std::string msg;
  std::uint64_t size = 0;
  std::uint64_t block_size = 0;
  Md5 md5{};

  static void fields(auto& field) {
    field("ok", &LogDownloadInfo::ok, "blocks follow");
    field("msg", &LogDownloadInfo::msg, "reason of a refusal", omit_empty);
    field("size", &LogDownloadInfo::size, "bytes of the zip archive", omit_empty);
    field("block_size", &LogDownloadInfo::block_size, "largest raw block, 32000", omit_empty);
    field("md5", &LogDownloadInfo::md5, "digest of the archive");
  }
};

struct LogDownloadData {
  static constexpr MessageKind message{10004, "log_ddata"};
  std::uint64_t offset = 0;
  std::string data;

  static void fields(auto& field) {
    field("offset", &LogDownloadData::offset, "always 0: originals send and demand it");
    field("data", &LogDownloadData::data, "raw block in the data codec");
  }
};

}  // namespace agent::wire
