// ClusterView: one way to show a part of the store: a folder, a key from the request, and a pure function of
// the state. docs/views.md writes one.
//
// Views are values in the table of cluster_views.cpp. view_access.hpp admits the caller before a view is
// called; view_routes.cpp serves what it answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/parameter.hpp"
#include "store/secret_prefixes.hpp"
#include "views/cluster_state.hpp"

namespace server::views {

// What the views of this server are told.
struct ViewOptions {
  std::string prefix = "/lain";       // of all keys
  std::string ip;                     // of this server, as nodes have it: whose containers are "local"
  std::string host_name;              // the same by name
  std::string version;                // for /v2/version
  bool lain_access = false;           // views.auth = lain: who may read what is told by source addresses
  bool close_on_error = false;        // a watch ends with its first error, as the original's
  std::chrono::seconds heartbeat{0};  // of watches that ask for none; 0 = none
  store::SecretPrefixes secrets{};    // keys that no view has
};

// What a request asks of a view. Requests with equal keys have equal answers.
struct ViewKey {
  std::string names{};   // of the folder: one, or the beginning of several; "" = all
  std::string detail{};  // what else the answer depends on, such as a node
  bool shows_secrets = true;

  auto operator<=>(const ViewKey&) const = default;
};

// The JSON, or why there is none now.
struct ViewAnswer {
  std::string text;
  bool is_refusal = false;

  static ViewAnswer refuse(std::string why) { return {std::move(why), true}; }
};

// The owner of the data, for views.auth = lain.
enum class Access {
  super,   // the cluster's
  app,     // of the app that the parameter appname names
  config,  // everybody's but for the secret names
};

struct ClusterView {
  std::string_view path;
  std::string_view summary;
  Area area = Area::pod_groups;
  Access access = Access::super;
  std::string_view parameter{};          // of the query, "" = none
  std::string_view parameter_summary{};  // of it, for the document
  bool is_required = false;              // it is
  bool can_watch = true;
  // `text`: of the parameter, "" when absent.
  std::function<ViewKey(const std::string& text, const ViewOptions& options)> key;
  std::function<ViewAnswer(const ClusterState& state, const ViewKey& key)> make;
};

// All of them. Static.
const std::vector<ClusterView>& cluster_views();

// What the view shows, with what holds for all: a refusal where all that was asked for is malformed or the
// view throws, and the escapes of the originals' encoder (<, >, & and the separators U+2028, U+2029).
ViewAnswer answer_of(const ClusterView& view, const ClusterState& state, const ViewKey& key);

// ---- for the views

// A view of pod groups of one app, or of all.
ClusterView app_view(std::string_view path, std::string_view summary,
                     std::function<ViewAnswer(const ClusterState&, const ViewKey&)> make);
// "hello" -> "hello/", which "hello2/" does not begin with; "" and "*": all.
ViewKey folder_key(const std::string& text, const ViewOptions& options);
// Calls use(PodGroup) for those that the key means, in order.
template <class Use>
void each_group(const ClusterState& state, const ViewKey& key, Use use) {
  for (const auto& [name, cell] : select(state.pod_groups(), key.names))
    if (cell->value) use(*cell->value);
}
// An object of texts that are JSON, its keys in order.
using Members = std::map<std::string, std::string>;
ViewAnswer object_of(const Members& members);
// The value of "NAME=value" in a list; of several the first one. "" when there is none.
std::string variable_of(const std::vector<std::string>& env, std::string_view name);

}  // namespace server::views
