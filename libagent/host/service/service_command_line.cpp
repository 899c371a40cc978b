#include "host/service/service_command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>

#include "agent/error.hpp"
#include "host/executable.hpp"
#include "host/service/detect.hpp"
#include "host/service/help.hpp"
#include "host/service/verbs.hpp"
#include "host/shell_word.hpp"

namespace agent::host {
namespace {

constexpr std::array kVerbs{ServiceVerb::install, ServiceVerb::uninstall, ServiceVerb::start,
                            ServiceVerb::stop,    ServiceVerb::restart,   ServiceVerb::status};

std::optional<ServiceVerb> verb_of(std::string_view word) {
  const auto found =
      std::find_if(kVerbs.begin(), kVerbs.end(), [word](ServiceVerb v) { return to_string(v) == word; });
  if (found == kVerbs.end()) return std::nullopt;
  return *found;
}

// Go's flags have one dash or two.
std::string with_two_dashes(std::string_view argument) {
  constexpr std::array<std::string_view, 6> kLong{"conf", "version", "act", "action", "user", "help"};
  const std::string_view name = argument.substr(0, argument.find('=')).substr(1);
  const bool is_long = std::find(kLong.begin(), kLong.end(), name) != kLong.end();
  return is_long ? "-" + std::string(argument) : std::string(argument);
}

bool takes_value(std::string_view argument) {
  constexpr std::array<std::string_view, 9> kOptions{"--conf",     "--server",     "--id",
                                                     "--user",     "--token-file", "--manager",
                                                     "--pid-file", "--output",     "--max-exits"};
  return std::find(kOptions.begin(), kOptions.end(), argument) != kOptions.end();
}

// Where the first word stands that is no option and no option's value.
std::vector<std::string>::const_iterator find_word(const std::vector<std::string>& arguments) {
  auto at = arguments.begin();
  while (at != arguments.end() && at->starts_with('-')) {
    const bool has_value = takes_value(*at);
    if (++at == arguments.end()) break;
    if (has_value) ++at;
  }
  return at;
}

class Parser {
 public:
  Parser(const ServiceProgram& program, ServiceRequest& request)
      : app_(program.name + " " + std::string(to_string(request.verb))), request_(request) {
    app_.set_help_flag();
    app_.add_flag("-h,--help", help_);
    app_.add_option("--conf", request.conf);
    app_.add_option("--manager", request.manager);
    if (request.verb == ServiceVerb::install) add_install(program);
    if (request.verb == ServiceVerb::uninstall) {
      app_.add_flag("--purge", request.purge);
      app_.add_flag("--force", request.force);
    }
    if (request.verb == ServiceVerb::status) app_.add_flag("--json", request.json);
  }

  // "" or what is wrong.
  std::string parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return help_ ? std::string() : fault();
  }

  bool wants_help() const { return help_; }

 private:
  void add_install(const ServiceProgram& program) {
    app_.add_option("--user", request_.user);
    app_.add_flag("--now", request_.now);
    app_.add_flag("--force", request_.force);
    app_.add_flag("--update", request_.update);
    if (program.kind != ServiceProgram::Kind::agent) return;
    app_.add_option("--server", request_.server);
    app_.add_option("--id", request_.id);
    app_.add_option("--token-file", request_.token_file);
  }

  std::string fault() const {
    const std::vector<std::string> managers = manager_names();
    const bool known = std::find(managers.begin(), managers.end(), request_.manager) != managers.end();
    if (!request_.manager.empty() && !known) {
      return fmt::format("--manager {}: no such; want {}", request_.manager, fmt::join(managers, ", "));
    }
    return request_.verb == ServiceVerb::install ? install_fault() : std::string();
  }

  std::string install_fault() const {
    if (request_.update) return update_fault();
    if (request_.conf.empty()) return "missing --conf argument";
    if (!request_.conf.starts_with('/')) {
      std::error_code failed;
      const std::string absolute =
          std::filesystem::absolute(request_.conf, failed).lexically_normal().string();
      return fmt::format("--conf {}: a relative path; a service needs an absolute one: {}", request_.conf,
                         absolute);
    }
    const bool needs_server = !request_.id.empty() || !request_.token_file.empty();
    if (needs_server && request_.server.empty()) return "--id and --token-file need --server";
    return {};
  }

  std::string update_fault() const {
    const bool is_alone = request_.conf.empty() && request_.user.empty() && request_.server.empty() &&
                          !request_.now && !request_.force;
    return is_alone ? "" : "--update keeps what the service was installed with: it takes no other options";
  }

  CLI::App app_;
  ServiceRequest& request_;
  bool help_ = false;
};

}  // namespace

std::vector<std::string> plain_arguments(int argc, const char* const* argv) {
  std::vector<std::string> out;
  std::string action;
  for (int i = 1; i < argc; ++i) {
    const std::string argument =
        std::string_view(argv[i]).starts_with('-') ? with_two_dashes(argv[i]) : argv[i];
    if (argument == "--act" || argument == "--action") {
      if (++i < argc) action = argv[i];
    } else if (argument.starts_with("--act=") || argument.starts_with("--action=")) {
      action = argument.substr(argument.find('=') + 1);
    } else {
      out.push_back(argument);
    }
  }
  if (!action.empty()) out.insert(out.begin(), action);
  return out;
}

std::optional<int> serve_service_verb(const ServiceProgram& program, const std::string& program_path,
                                      const std::vector<std::string>& arguments,
                                      const ServiceMachine& machine, const ServiceConsole& console) {
  const auto word = find_word(arguments);
  const std::optional<ServiceVerb> verb = word == arguments.end() ? std::nullopt : verb_of(*word);
  if (!verb) return std::nullopt;
  ServiceRequest request;
  request.verb = *verb;
  request.program = program_path;
  request.arguments = arguments;
  std::vector<std::string> options(arguments.begin(), word);
  options.insert(options.end(), word + 1, arguments.end());
  Parser parser(program, request);
  const std::string fault = parser.parse(std::move(options));
  if (!fault.empty()) {
    console.complain(fault);
    console.complain(fmt::format("see {} {} --help", program.name, *word));
    return kServiceUsage;
  }
  if (parser.wants_help()) {
    console.say(service_help(program, *verb));
    return kServiceDone;
  }
  return run_service_verb(program, request, machine, console);
}

std::optional<int> serve_service_verb(const ServiceProgram& program, const std::string& called_as,
                                      const std::vector<std::string>& arguments) {
  const auto word = find_word(arguments);
  if (word == arguments.end() || !verb_of(*word)) return std::nullopt;  // most starts: nothing is looked up
  return serve_service_verb(program, called_program_path(called_as), arguments, ServiceMachine::real(),
                            ServiceConsole::standard());
}

}  // namespace agent::host
