// RemoteFiles: the files of one machine, over the API: listings, downloads that go on where they broke off,
// uploads.
//
// Belongs to the client's loop. Any number of its calls may be under way.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/clock.hpp"
#include "agentctl/api_client.hpp"
#include "agentctl/copy_names.hpp"
#include "agentctl/local_tree.hpp"

namespace agentctl {

struct RemoteEntry {
  std::string listed;  // as the machine says it
  EntryKind kind = EntryKind::other;
  unsigned mode = 0;
  std::uint64_t size = 0;  // bytes
};

// What the machine answers when it is asked for a directory's entries.
struct Listing {
  std::vector<RemoteEntry> entries;
  std::string refusal;  // why there are none: no directory, not there, not allowed; "" = it is one

  bool is_directory() const { return refusal.empty(); }
};

// Told how much of a file has come or gone, and of how much.
using CopyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

class RemoteFiles {
 public:
  // A server that is away for so long is given up.
  static constexpr std::chrono::seconds kPatience{120};

  RemoteFiles(ApiClient& api, std::string agent, std::function<void(const std::string&)> tell);

  // Throws as ApiClient::call() for what is not about this path. Once the agent has answered, this waits for
  // one that is away, too.
  agent::Task<Listing> list(std::string path);
  // What the listing of its directory says of a file. Where that does not, and of a link: a file of kPrivate
  // and of any size.
  agent::Task<RemoteEntry> find_file(std::string path);
  static constexpr unsigned kPrivate = 0600;
  static constexpr std::uint64_t kAnySize = ~std::uint64_t{0};
  // The whole file `path` into `file`, which arrives. Each part has been checked by its digest. Throws as
  // ApiClient::open(), and Errc::io for a file that changes all the time.
  agent::Task<> fetch(std::string path, ArrivingFile* file, CopyProgress progress);
  // The local file `from` as `name` in `directory`, which is made if it is missing; its digest is checked
  // there. A small one is sent as a whole, on a connection that was kept.
  agent::Task<> send(std::string from, std::string directory, std::string name, CopyProgress progress);

 private:
  struct Part;
  agent::Task<Listing> list_once(std::string path);
  agent::Task<> fetch_once(Part* part);
  agent::Task<> send_once(std::string from, std::string directory, std::string name, CopyProgress progress);
  std::string route(std::string_view verb) const;
  // Whether another attempt may help; then that is told, once for each reason.
  bool goes_on(const agent::Error& error, agent::Clock::time_point since);

  ApiClient& api_;
  const std::string agent_;
  const std::function<void(const std::string&)> tell_;
  bool is_met_ = false;  // the agent has answered
  std::string told_;     // the last reason, until the agent answers again
};

}  // namespace agentctl
