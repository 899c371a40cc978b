// completion: what a shell needs to complete verbs, options, agents' ids, tasks and paths. The scripts ask
// agentctl itself.
//
// What a server or a machine says stands on a person's command line afterwards, so that only words get there
// which mean nothing to a shell.
#include <algorithm>
#include <string>
#include <string_view>

#include "agentctl/ctl_verbs.hpp"
#include "agentctl/remote_files.hpp"

namespace agentctl {

using agent::Task;

namespace {

// `_agentctl_words` has what can stand at a place, one a line: its arguments are the beginning of the word
// there, and the words before it.
constexpr std::string_view kWords = R"sh(_agentctl_ask() {
  agentctl "$@" -q 2>/dev/null | LC_ALL=C grep -x '[[:alnum:]_][[:alnum:]_.:/@%+=,~-]*'
}
_agentctl_words() {
  local current="$1" verb= word last=
  shift
  for word in "$@"; do
    case $word in
      --) return ;;
      -*) ;;
      *) [ -n "$verb" ] || case $last in
          --context | --url | --token-file | --ca | --cert | --key | -o | --output) ;;
          *) verb=$word ;;
        esac ;;
    esac
    last=$word
  done
  case $last in
    -a | --agent | --group) _agentctl_ask agents --type exec-agent -o name; return ;;
    -o | --output) printf '%s\n' table wide json yaml name; return ;;
    --auth) printf '%s\n' sudo su; return ;;
    --on-error) printf '%s\n' exit continue; return ;;
    --where | --url | --context | --timeout | --silence | --parallel | -e | --env | --user) return ;;
  esac
  case $verb in
    '') printf '%s\n' agents attach audit call completion cp doctor follow get kill layout logs metrics ps run \
      script server shell ;;
    agents) printf '%s\n' --where --type ;;
    get | logs | metrics | call) _agentctl_ask agents -o name ;;
    ps) printf '%s\n' --finished --where; _agentctl_ask agents --type exec-agent -o name ;;
    follow) _agentctl_ask ps --finished -o name ;;
    shell)
      printf '%s\n' --env --auth --user --workdir --timeout --escape --
      _agentctl_ask agents --type exec-agent -o name ;;
    kill | attach) _agentctl_ask ps -o name ;;
    cp)
      case $current in
        *:*) _agentctl_ask complete "$current" ;;
        *) printf '%s\n' --recursive; _agentctl_ask agents --type exec-agent -o name | sed 's/$/:/' ;;
      esac ;;
    run)
      printf '%s\n' -a --where --all --parallel --timeout --fail-fast --silence --workdir --env --auth --user \
        --detach -- ;;
    script) printf '%s\n' -a --where --all --parallel --timeout --fail-fast --type -- ;;
    layout)
      case $last in
        layout) printf '%s\n' run status ;;
        *) printf '%s\n' --group --on-error --watch --timeout -- ;;
      esac ;;
    audit) printf '%s\n' tail --file --lines --follow ;;
    completion) printf '%s\n' bash zsh fish ;;
  esac
  case $verb in ?*) printf '%s\n' -o -q --context --url --no-color ;; esac
}
)sh";

// bash breaks words at colons, and replaces what is behind the last one. `compgen -W` would run what stands
// in a word, and so would the line itself, if a file's name were not quoted.
constexpr std::string_view kBash = R"sh(_agentctl() {
  local line=${COMP_LINE:0:COMP_POINT} word
  local current=${line##*[[:space:]]}
  local -a before
  read -ra before <<<"${line:0:${#line}-${#current}}"
  local behind=${current##*:}
  local colons=${current%"$behind"}
  COMPREPLY=()
  while IFS= read -r word; do
    [[ $word == "$current"* ]] && COMPREPLY+=("${word#"$colons"}")
  done < <(_agentctl_words "$current" "${before[@]:1}")
  if [[ " ${before[*]} " == *' cp '* && $current != *:* ]]; then
    while IFS= read -r word; do
      printf -v word %q "$word"
      COMPREPLY+=("$word")
    done < <(compgen -f -- "$current")
  fi
  [[ ${COMPREPLY[0]} == *[:/] ]] && compopt -o nospace 2>/dev/null
}
complete -o bashdefault -o default -F _agentctl agentctl
)sh";

constexpr std::string_view kZsh = R"sh(#compdef agentctl
_agentctl() {
  local -a found
  found=(${(f)"$(_agentctl_words "$words[CURRENT]" "${(@)words[2,CURRENT-1]}")"})
  compadd -S '' -- ${(M)found:#*[:/]}
  compadd -- ${found:#*[:/]} || _files
  [[ $words[2] == cp ]] && _files
}
compdef _agentctl agentctl
)sh";

// fish has a language of its own: it lets a shell that is always there find the words.
constexpr std::string_view kFishBegin = "function __agentctl_words\n  sh -c '";
constexpr std::string_view kFishEnd =
    R"sh(_agentctl_words "$@"' sh (commandline -ct) (commandline -opc)[2..-1]
end
complete -c agentctl -a '(__agentctl_words)'
)sh";

constexpr std::size_t kMostChoices = 2000;

// A name that no shell reads as anything else, and that stays one name.
bool is_plain(std::string_view name) {
  return name != "." && name != ".." && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_.:@%+=,~-").find(c) != std::string_view::npos;
         });
}

// As a text in single quotes of fish.
std::string quoted_for_fish(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Task<int> print_completion(Tools tools) {
  const std::string& shell = tools.options.words[0];
  std::string text;
  if (shell == "fish") {
    text.append(kFishBegin).append(quoted_for_fish(kWords)).append(kFishEnd);
  } else {
    text.append(kWords).append(shell == "zsh" ? kZsh : kBash);
  }
  tools.console.print(text);
  co_return kOk;
}

// "ID:/etc/ho" → "ID:/etc/hostname": a line for each entry of a directory, those of directories with a slash.
Task<int> complete_path(Tools tools) {
  const Place place = parse_place(tools.options.words[0]);
  if (!place.is_remote()) co_return kFailed;
  std::string directory = place.path.substr(0, place.path.rfind('/') + 1);
  if (directory.empty()) directory = "/";
  RemoteFiles files(tools.api, place.agent, [](const std::string&) {});
  const std::string begin = place.agent + ":" + directory;
  Listing listing = co_await files.list(std::move(directory));
  std::string lines;
  for (std::size_t i = 0; i < std::min(listing.entries.size(), kMostChoices); ++i) {
    const RemoteEntry& entry = listing.entries[i];
    if (is_plain(entry.listed))
      lines += begin + entry.listed + (entry.kind == EntryKind::directory ? "/\n" : "\n");
  }
  tools.console.print(lines);
  co_return kOk;
}

}  // namespace agentctl
