// Bindings: the token that an agent id belongs to: the one that used it first, until somebody releases the
// id.
//
// Thread-safe. They last in one SQLite file, which a thread of its own writes; a binding that a handshake was
// told of survives the end of this process and a power cut.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/fields.hpp"
#include "agent/task.hpp"
#include "net/loop.hpp"
#include "store/record_store.hpp"

namespace server {

// Ids that may belong to the tokens of one name: whoever has one can name ids without end. When there are
// more, the tenth of them that was used longest ago, connected ones apart, makes room: whoever fills them
// forgets only what its own token could have been anyway.
inline constexpr std::size_t kBindingsPerToken = 100'000;
// How long a handshake waits for the file.
inline constexpr std::chrono::seconds kStoreLimit{20};

struct Binding {
  std::string token;
  std::string address;
  std::int64_t since = 0;
  std::int64_t used = 0;

  static void fields(auto& field) {
    field("token", &Binding::token, "name of the enrollment token that the id belongs to");
    field("address", &Binding::address, "from which the id was used last");
    field("since", &Binding::since, "Unix seconds of its first use");
    field("used", &Binding::used, "Unix seconds of its last use, to the day");
  }
};

class Bindings {
 public:
  // Opens or makes the file (0600). Throws Errc::io.
  explicit Bindings(const std::string& path, std::size_t per_token = kBindingsPerToken);
  Bindings(const Bindings&) = delete;
  Bindings& operator=(const Bindings&) = delete;

  // Which ids are connected. Before the loops run.
  void set_in_use(std::function<bool(std::string_view id)> in_use) { in_use_ = std::move(in_use); }

  // nullopt: the id is free.
  std::optional<Binding> find(std::string_view id) const;

  // ---- a handshake, in two steps

  enum class Result {
    ours,        // no other token can get the id before confirm() or give_up()
    others,      // it belongs to another token, or is about to
    no_room,     // kBindingsPerToken ids of this token are connected
    not_stored,  // the file cannot be written
  };
  // Returns once the binding is in the file. On `loop`, whose thread calls.
  agent::Task<Result> reserve(agent::net::Loop& loop, std::string id, std::string token, std::string address);
  // The handshake has come to its good end.
  void confirm(const std::string& id, const std::string& token, const std::string& address);
  // It has not: a binding that only it had made is gone.
  void give_up(const std::string& id, const std::string& token);

  // ---- an operator

  // The id belongs to the next token that uses it; a session that is connected stays. False: it was free.
  // Returns once that is in the file; throws Errc::io when it cannot be written.
  agent::Task<bool> release(agent::net::Loop& loop, std::string id);

 private:
  struct Entry {
    Binding binding;
    std::uint32_t reserved = 0;  // handshakes between reserve() and its end
    bool confirmed = false;      // some handshake came to its good end
    bool stored = false;
  };
  using Entries = std::unordered_map<std::string, Entry>;

  void load();
  Result enter(const std::string& id, const std::string& token, const std::string& address,
               RecordStore::Done done);
  Entry& add(const std::string& id, const std::string& token, const std::string& address);
  void remove(Entries::iterator entry, RecordStore::Done done = nullptr);
  void save(const std::string& id, const Binding& binding, RecordStore::Done done = nullptr);
  void stored(const std::string& id, const std::string& token);
  bool make_room(const std::string& token);

  const std::size_t per_token_;
  std::function<bool(std::string_view)> in_use_ = [](std::string_view) { return false; };
  mutable std::mutex mutex_;
  Entries entries_;                                      // by id
  std::unordered_map<std::string, std::size_t> counts_;  // by token
  RecordStore store_;                                    // ends first: its thread
};

}  // namespace server
