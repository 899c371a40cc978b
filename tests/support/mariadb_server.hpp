// MariadbServer: a real MariaDB in a directory of its own, on a unix socket alone, ended with the object.
// Debian's packages mariadb-server and mariadb-client.
#pragma once

#include <memory>
#include <string>

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

class MariadbServer {
 public:
  // none: everybody may do everything; it is there in half the time.
  enum class Accounts { none, real };

  // It serves when it returns. `more` are arguments of its command line.
  explicit MariadbServer(Accounts accounts = Accounts::none, const Program::Arguments& more = {});

  const std::string& socket() const { return socket_; }
  // An empty one with a new name.
  std::string make_database();
  // Runs SQL as the administrator, through the mysql client: one line for each row, with tabs. Throws with
  // what the client says when it fails.
  std::string run(const std::string& sql, const std::string& database = {}) const;
  // Whether a connection runs a statement that contains `text`.
  bool is_running(const std::string& text) const;

  // SIGKILL, and the end of the process. What was committed is there when it is started again.
  void kill();
  void start();

 private:
  TempDir directory_;
  const std::string data_;
  const std::string socket_;
  Program::Arguments arguments_;
  int databases_ = 0;
  std::unique_ptr<Program> program_;
};

}  // namespace test
