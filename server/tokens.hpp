// Tokens: the named tokens of one file, for the API or for agents that enroll.
//
// Thread-safe; reload() replaces all of them at once.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grant.hpp"

namespace server {

// Characters of the shortest token: 16 random hexadecimal digits are beyond guessing over a network.
inline constexpr std::size_t kTokenMin = 16;

// The first line of a file that others must not read, a password. Throws io, and bad_config for a file that
// they may read or that is empty.
std::string read_secret(const std::string& path);

class Tokens {
 public:
  // `path`: lines of `name token`, `#` starts a comment; "" = no tokens are asked for. Several tokens may
  // have one name, as while one replaces the other; no token may have two. Throws io when the file cannot be
  // read, bad_config when it has no token, others may read it, a token is shorter than kTokenMin, or a line
  // is wrong.
  explicit Tokens(std::string path);

  // Whether a token is asked for at all.
  bool is_required() const { return !path_.empty(); }
  // What a token, compared in constant time, gives; nullopt when it is none of ours.
  std::optional<Grant> grant_for(std::string_view token) const;

  // Reads the file again; what was granted for tokens that are not in it any more is revoked then. Throws as
  // the constructor does; the old tokens then stay. One caller at a time.
  void reload() { use(read()); }

  // Its two halves, for those who change nothing unless they can change everything.
  struct Entry {
    std::string name;
    std::string token;
    std::shared_ptr<Grant::Flag> revoked;
  };
  using Entries = std::vector<Entry>;
  Entries read() const;
  void use(Entries entries);

 private:
  static Entries load(const std::string& path);
  static Entries parse(std::string_view text, const std::string& path);
  static void keep_flags(const Entries& old, Entries& next);
  static void revoke_missing(const Entries& old, const Entries& next);

  const std::string path_;
  mutable std::mutex mutex_;  // held for the copy of a pointer
  std::shared_ptr<const Entries> entries_;
};

}  // namespace server
