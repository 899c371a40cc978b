#include <agent/error.hpp>

#include "examples/logkit-agent/read/script_front.hpp"
#include "examples/logkit-agent/read/socket_front.hpp"
#include "examples/logkit-agent/read/stdin_front.hpp"
#include "file_input.hpp"
#include "line_input.hpp"
#include "spool_input.hpp"

namespace logkit {
namespace {

std::unique_ptr<StreamFront> make_front(const StreamSource& source, LineSpool& spool,
                                        const Surroundings& surroundings, const std::string& directory) {
  if (source.mode == StreamMode::standard_input)
    return std::make_unique<StdinFront>(source, spool, surroundings.standard_input);
  if (source.mode == StreamMode::script) {
    if (!surroundings.scripts.allows_any())
      throw agent::Error(
          agent::Errc::denied,
          "reader: no scripts are run: logkit.scripts (or --scripts) names no directory of them");
    return std::make_unique<ScriptFront>(source, spool, surroundings.scripts, directory,
                                         surroundings.is_once);
  }
  if (surroundings.is_once)
    throw agent::Error(agent::Errc::bad_config, "reader: a socket has no end: it cannot be read once");
  return std::make_unique<SocketFront>(source, spool, surroundings.roots);
}

}  // namespace

std::unique_ptr<LineInput> make_line_input(const ReaderSource& source, const std::string& runner,
                                           const Surroundings& surroundings, std::function<void()> wake) {
  const std::string directory = surroundings.state_directory + "/" + runner;
  if (const auto* const files = std::get_if<FileSource>(&source))
    return std::make_unique<FileInput>(*files, ReadRights{surroundings.roots, surroundings.own}, directory);
  const auto& stream = std::get<StreamSource>(source);
  auto spool = std::make_unique<LineSpool>(LineSpool::Options{directory + "/lines", stream.spool_size},
                                           std::move(wake));
  auto front = make_front(stream, *spool, surroundings, directory);
  return std::make_unique<SpoolInput>(stream, std::move(spool), std::move(front));
}

}  // namespace logkit
