// Files: list, upload, download (wire protocol, sections 6.5, 7.2 and 7.3; seed 004, section 3.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

// Contents in streams instead of messages (docs/wire.md, "stream").
inline constexpr std::string_view kStreamCapability = "stream";

struct LsRequest {
  static constexpr MessageKind message{20, "ls_req"};
  std::string dir;
  bool encoded = false;  // between our own peers

  static void fields(auto& field) {
    field("dir", &LsRequest::dir, "directory");
    field("encoded", &LsRequest::encoded, "dir is percent-encoded: its bytes are not UTF-8", omit_empty);
  }
};

struct LsEntry {
  std::string name;
  std::uint32_t mod = 0;
  std::string user;
  std::string group;
  std::uint64_t size = 0;
  Time mod_time;
  bool is_link = false;
  std::string link_dir;

  static void fields(auto& field) {
    field("name", &LsEntry::name, "base name");
    field("mod", &LsEntry::mod, "Go mode bits, section 3.4");
    field("user", &LsEntry::user, "owner's login");
    field("group", &LsEntry::group, "group's name");
    field("size", &LsEntry::size, "bytes");
    field("mod_time", &LsEntry::mod_time, "last change");
    field("is_link", &LsEntry::is_link, "a symbolic link");
    field("link_dir", &LsEntry::link_dir, "what it points to");
  }
};

struct LsReply {
  static constexpr MessageKind message{21, "ls_rep"};
  std::string dir;
  bool ok = false;
  std::string msg;
  std::vector<LsEntry> files;

  static void fields(auto& field) {
    field("dir", &LsReply::dir, "the directory asked for");
    field("ok", &LsReply::ok, "files are listed");
    field("msg", &LsReply::msg, "why not", omit_empty);
    field("files", &LsReply::files, "entries sorted by name", omit_empty);
  }
};

struct Upload {
  static constexpr MessageKind message{22, "upload"};
  std::string dir;
  std::string name;
  std::string auth;
  std::string user;
  std::string pass;
  std::uint32_t mod = 0;
  std::string own_user;
  std::string own_group;
  std::uint64_t size = 0;
  Md5 md5{};
  bool md5_check = false;
  std::string data;
  std::string token;
  std::string uri;
  std::uint32_t stream = 0;  // capability `stream`

  static void fields(auto& field) {
    field("dir", &Upload::dir, "target directory, $$TMP$$ for the agent's own");
    field("name", &Upload::name, "file name inside dir");
    field("auth", &Upload::auth, "classic file plugin only", omit_empty);
    field("user", &Upload::user, "classic file plugin only", omit_empty);
    field("pass", &Upload::pass, "classic file plugin only", FieldRules{.omit = true, .secret = true});
    field("mod", &Upload::mod, "mode bits, 0644 = 420");
    field("own_user", &Upload::own_user, "owner to set", omit_empty);
    field("own_group", &Upload::own_group, "group to set", omit_empty);
    field("size", &Upload::size, "bytes", omit_empty);
    field("md5", &Upload::md5, "digest of the content");
    field("md5_check", &Upload::md5_check, "never set by originals");
    field("data", &Upload::data, "the content in the data codec, up to 1 MiB", omit_empty);
    field("token", &Upload::token, "to be sent as X-Token", FieldRules{.omit = true, .secret = true});
    field("uri", &Upload::uri, "path to fetch the content from", omit_empty);
    field("stream", &Upload::stream,
          "number of the stream that the content comes in, its size and md5 at its end", omit_empty);
  }
};

struct UploadReply {
  static constexpr MessageKind message{23, "upload_rep"};
  std::string dir;
  bool ok = false;
  std::string msg;
  bool too_many = false;  // ours: originals neither send nor read it

  static void fields(auto& field) {
    field("dir", &UploadReply::dir, "full path that was written");
    field("ok", &UploadReply::ok, "written");
    field("msg", &UploadReply::msg, "why not", omit_empty);
    field("too_many", &UploadReply::too_many,
          "only refused because as many are under way and wait as may: ask again later", omit_empty);
  }
};

struct DownloadRequest {
  static constexpr MessageKind message{24, "download_req"};
  std::string dir;
  bool encoded = false;      // between our own peers
  std::uint32_t stream = 0;  // capability `stream`
  std::uint64_t offset = 0;  // these four: with a stream, and not known to every peer that has streams
  std::uint64_t length = 0;
  std::uint64_t last = 0;
  std::string if_etag;

  static void fields(auto& field) {
    field("dir", &DownloadRequest::dir, "path of the file");
    field("encoded", &DownloadRequest::encoded, "dir is percent-encoded: its bytes are not UTF-8",
          omit_empty);
    field("stream", &DownloadRequest::stream,
          "number of the stream to send the content in, its md5 at its end", omit_empty);
    field("offset", &DownloadRequest::offset, "only the part that begins there", omit_empty);
    field("length", &DownloadRequest::length, "and has at most so many bytes; 0: up to the end", omit_empty);
    field("last", &DownloadRequest::last, "only so many bytes at the end, instead of offset and length",
          omit_empty);
    field("if_etag", &DownloadRequest::if_etag, "a part only of this content, of any other one all of it",
          omit_empty);
  }
};

struct DownloadReply {
  static constexpr MessageKind message{25, "download_rep"};
  std::string dir;
  bool ok = false;
  std::string msg;
  std::uint64_t size = 0;
  std::uint64_t block_size = 0;
  Md5 md5{};
  std::string etag;  // these six: in answer to a stream's request, from peers that know parts
  std::optional<Time> mod_time;
  bool part = false;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::string beginning;
  bool too_many = false;  // as in UploadReply

  static void fields(auto& field) {
    field("dir", &DownloadReply::dir, "path of the file");
    field("ok", &DownloadReply::ok, "blocks follow");
    field("msg", &DownloadReply::msg, "why not", omit_empty);
    field("size", &DownloadReply::size, "bytes");
    field("block_size", &DownloadReply::block_size, "largest raw block, 32768");
    field("md5", &DownloadReply::md5, "digest of the content");
    field("etag", &DownloadReply::etag, "which content it is, as in HTTP; none: nothing can be said",
          omit_empty);
    field("mod_time", &DownloadReply::mod_time, "last change", omit_empty);
    field("part", &DownloadReply::part, "a part follows: offset and length; otherwise all of it", omit_empty);
    field("offset", &DownloadReply::offset, "where the part begins", omit_empty);
    field("length", &DownloadReply::length, "its bytes; 0: the file ends before it", omit_empty);
    field("beginning", &DownloadReply::beginning,
          "of a part that begins later: the file's first bytes in the data codec, for a look at what it is",
          omit_empty);
    field("too_many", &DownloadReply::too_many,
          "only refused because as many are under way and wait as may: ask again later", omit_empty);
  }
};

struct DownloadData {
  static constexpr MessageKind message{26, "download_data"};
  std::uint64_t offset = 0;
  std::string data;

  static void fields(auto& field) {
    field("offset", &DownloadData::offset, "where the block belongs");
    field("data", &DownloadData::data, "raw block in the data codec");
  }
};

struct DownloadError {
  static constexpr MessageKind message{27, "download_error"};
  std::string msg;

  static void fields(auto& field) { field("msg", &DownloadError::msg, "why the download ended early"); }
};

}  // namespace agent::wire
