// exec-agent: files, for now.
#include <agent/main.hpp>
#include <cstdlib>
#include <string>

#include "files.hpp"

namespace {

// A directory of its own for each upload.
class Uploads final : public PrivateDirectory {
 public:
  std::string make() override {
    const char* base = std::getenv("TMPDIR");
    std::string name = std::string(base != nullptr ? base : "/tmp") + "/exec-agent-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      throw agent::Error(agent::Errc::io, "make a directory for uploads: " + name);
    }
    return name;
  }
  void received(const std::string&) override {}
};

}  // namespace

int main(int argc, char** argv) {
  agent::Agent agent("exec-agent", EXEC_AGENT_VERSION);
  Uploads uploads;
  FileArea files(agent, uploads);
  add_file_handlers(files);
  return agent::main(agent, argc, argv);
}
