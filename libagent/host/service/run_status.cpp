#include "host/service/run_status.hpp"

#include <array>
#include <utility>

#include "agent/error.hpp"

namespace agent::host {
namespace {

template <class Word>
using Words = std::pair<Word, std::string_view>;

constexpr std::array<Words<Connection>, 6> kConnections{{{Connection::connecting, "connecting"},
                                                         {Connection::connected, "connected"},
                                                         {Connection::away, "away"},
                                                         {Connection::refused, "refused"},
                                                         {Connection::listening, "listening"},
                                                         {Connection::waiting, "waiting"}}};
constexpr std::array<Words<Problem>, 14> kProblems{{{Problem::none, ""},
                                                    {Problem::name_not_found, "name_not_found"},
                                                    {Problem::connection_refused, "connection_refused"},
                                                    {Problem::no_answer, "no_answer"},
                                                    {Problem::not_a_server, "not_a_server"},
                                                    {Problem::certificate, "certificate"},
                                                    {Problem::certificate_name, "certificate_name"},
                                                    {Problem::certificate_time, "certificate_time"},
                                                    {Problem::client_certificate, "client_certificate"},
                                                    {Problem::token, "token"},
                                                    {Problem::id_conflict, "id_conflict"},
                                                    {Problem::refused, "refused"},
                                                    {Problem::disconnected, "disconnected"},
                                                    {Problem::other, "other"}}};

template <class List, class Word>
std::string_view name_in(const List& list, Word word) {
  for (const auto& [value, name] : list) {
    if (value == word) return name;
  }
  return {};
}

template <class List, class Word>
void read_word(const List& list, json::Value value, Word& out) {
  const std::string_view wanted = value.as_string();
  for (const auto& [word, name] : list) {
    if (name == wanted) {
      out = word;
      return;
    }
  }
  throw Error(Errc::bad_message, "an unknown word");
}

}  // namespace

std::string_view to_string(Connection connection) { return name_in(kConnections, connection); }
std::string_view to_string(Problem problem) { return name_in(kProblems, problem); }
void read_json(json::Value value, Connection& out) { read_word(kConnections, value, out); }
void read_json(json::Value value, Problem& out) { read_word(kProblems, value, out); }
void write_json(json::Writer& out, Connection value) { out.string(to_string(value)); }
void write_json(json::Writer& out, Problem value) { out.string(to_string(value)); }

}  // namespace agent::host
