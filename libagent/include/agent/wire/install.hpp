// Installing of packages by the classic plugin (docs/wire.md, "Messages", 40 and 41).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

struct InstallFile {
  std::string uri;
  std::string url;
  std::string dir;

  static void fields(auto& field) {
    field("uri", &InstallFile::uri, "path on the server");
    field("url", &InstallFile::url, "address");
    field("dir", &InstallFile::dir, "where to put it");
  }
};

struct Install {
  static constexpr MessageKind message{40, "inst_args"};
  std::string uri;
  std::string url;
  std::string dir;
  std::int64_t timeout = 0;
  std::string auth;
  std::string user;
  std::string pass;
  std::vector<InstallFile> conf;

  static void fields(auto& field) {
    field("uri", &Install::uri, "path on the server");
    field("url", &Install::url, "address of the package");
    field("dir", &Install::dir, "target directory");
    field("timeout", &Install::timeout, "seconds");
    field("auth", &Install::auth, "sudo, su or empty", omit_empty);
    field("user", &Install::user, "user to run as, with auth", omit_empty);
    field("pass", &Install::pass, "password for auth, in clear", FieldRules{.omit = true, .secret = true});
    field("conf", &Install::conf, "further files", omit_empty);
  }
};

// Several per tid; the last one has action 0.
struct InstallReply {
  static constexpr MessageKind message{41, "inst_rep"};
  std::int64_t time = 0;
  std::uint8_t action = 0;
  std::string name;
  bool ok = false;
  std::string msg;

  static void fields(auto& field) {
    field("ts", &InstallReply::time, "Unix seconds");
    field("action", &InstallReply::action, "0 done, 1 download, 2 install, 3 file");
    field("name", &InstallReply::name, "what it was done to");
    field("ok", &InstallReply::ok, "whether it worked");
    field("msg", &InstallReply::msg, "why not");
  }
};

}  // namespace agent::wire
