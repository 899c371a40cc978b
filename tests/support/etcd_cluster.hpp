// EtcdCluster: real members of one etcd on 127.0.0.1, each with a directory of its own, ended with the
// object.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/http_client.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

class EtcdCluster {
 public:
  // They serve when it returns. `arguments` are added to those of each member; with `tls` clients use it.
  // `first_user`: each member is run by a user of its own, this one and those behind it; 0: by the test's.
  explicit EtcdCluster(std::size_t members = 1, Program::Arguments arguments = {},
                       std::shared_ptr<agent::net::TlsContext> tls = nullptr, uid_t first_user = 0);

  std::size_t size() const { return members_.size(); }
  std::string endpoint(std::size_t member) const;  // "127.0.0.1:port"
  std::vector<std::string> endpoints() const;
  std::uint16_t port(std::size_t member) const { return members_[member].client; }
  std::uint16_t peer_port(std::size_t member) const { return members_[member].peer; }
  uid_t user(std::size_t member) const { return first_user_ + static_cast<uid_t>(member); }
  const std::string& directory(std::size_t member) const { return members_[member].directory; }

  void signal(std::size_t member, int number) const { members_[member].program->signal(number); }
  // SIGKILL, and the end of the process.
  void kill(std::size_t member);
  void start(std::size_t member);
  // Until it answers a linearizable read, if only that it may not.
  void wait_for(std::size_t member) const;
  // A backup in `file`, and the one member as it was then, with the same cluster id.
  void save(const std::string& file) const;
  void restore(const std::string& file);
  // The one member is another, empty cluster.
  void replace();
  // The member that leads, as `asked` knows it.
  std::size_t leader(std::size_t asked = 0) const;

  // A call of one member's gateway.
  HttpReply call(std::size_t member, const std::string& path, const std::string& body) const;
  // Up to now.
  void compact(std::size_t member = 0) const;

 private:
  struct Member {
    std::uint16_t client = 0;
    std::uint16_t peer = 0;
    std::string directory;
    std::unique_ptr<Program> program;
  };

  bool begin();
  void give_directory(std::size_t member) const;
  // False: its process has ended.
  bool comes_up(std::size_t member) const;
  std::string name(std::size_t member) const { return "m" + std::to_string(member); }
  std::string client_url(std::size_t member) const;
  std::string peer_url(std::size_t member) const;
  std::string initial_cluster() const;
  std::string token() const { return "t" + std::to_string(generation_); }

  TempDir directory_;
  Program::Arguments arguments_;
  std::shared_ptr<agent::net::TlsContext> tls_;
  const uid_t first_user_;
  std::vector<Member> members_;
  int generation_ = 0;
};

}  // namespace test
