#include "views/view_access.hpp"

#include <algorithm>
#include <utility>

#include "views/secret_names.hpp"

namespace server::views {
namespace {

bool has(const Pod& pod, std::string_view address) {
  return std::any_of(pod.containers.begin(), pod.containers.end(),
                     [&](const Container& container) { return container.container_ip == address; });
}

// "mysql-service.portal.portal-mysql" -> "mysql-service"
std::string service_of(std::string_view pod_name) {
  if (std::count(pod_name.begin(), pod_name.end(), '.') <= 2)
    return std::string(pod_name.substr(0, pod_name.find('.')));
  pod_name = pod_name.substr(0, pod_name.rfind('.'));
  return std::string(pod_name.substr(0, pod_name.rfind('.')));
}

// Calls use(service, app that depends on it, pod) until it returns true.
template <class Use>
bool any_dependent(const ClusterState& state, Use use) {
  for (const auto& [name, cell] : state.depends()) {
    if (!cell.value) continue;
    for (const auto& [node, apps] : *cell.value)
      for (const auto& [app, shared] : apps)
        if (use(service_of(name), app, shared.pod)) return true;
  }
  return false;
}

std::optional<std::string> app_by_pod_groups(const ClusterState& state, std::string_view address) {
  if (address.empty()) return std::nullopt;  // containers that lost theirs have none, too
  for (const auto& [name, cell] : state.pod_groups()) {
    if (!cell.value) continue;
    for (const Pod& pod : cell.value->pods)
      if (has(pod, address)) return cell.value->spec.app;
  }
  return std::nullopt;
}

Admission refuse(std::string why) { return {std::move(why), {}, false}; }

// A caller that asks for all gets its own app, unless the view requires a name.
Admission admit_to_app(const ClusterView& view, const ClusterState& state, std::string_view address,
                       std::string text) {
  if (may_read(state, address, text)) return {{}, std::move(text), false};
  const bool asks_for_all = text.empty() || text == "*";
  if (!asks_for_all || view.is_required) return refuse("authorize failed, no permission");
  std::optional<std::string> own = app_of(state, address);
  if (!own) return refuse("authorize failed, can not confirm the app by request ip");
  return {{}, std::move(*own), false};
}

}  // namespace

std::optional<std::string> app_of(const ClusterState& state, std::string_view address) {
  std::optional<std::string> found = app_by_pod_groups(state, address);
  if (found || address.empty()) return found;
  any_dependent(state, [&](const std::string& service, const std::string&, const Pod& pod) {
    if (has(pod, address)) found = service;
    return found.has_value();
  });
  return found;
}

bool is_super(const ClusterState& state, const ViewOptions& options, std::string_view address) {
  if (address == "127.0.0.1" || address == "::1" || address == "::ffff:127.0.0.1") return true;
  if (!options.ip.empty() && address == options.ip) return true;
  const std::optional<std::string> app = app_by_pod_groups(state, address);
  return app && state.config().contains("super_apps/" + *app);
}

bool may_read(const ClusterState& state, std::string_view address, std::string_view app) {
  const std::optional<std::string> own = app_by_pod_groups(state, address);
  if (app.empty() || app == "*" || address.empty()) return false;
  if (own == app) return true;
  return any_dependent(state, [&](const std::string& service, const std::string& dependent, const Pod& pod) {
    return service == app && (dependent == own || has(pod, address));
  });
}

Admission admit(const ClusterView& view, const ClusterState& state, const ViewOptions& options,
                std::string_view address, std::string text) {
  const bool shows_secrets = is_super(state, options, address);
  if (!options.lain_access || shows_secrets) return {{}, std::move(text), shows_secrets};
  if (view.access == Access::super) return refuse("authorize failed, super required");
  if (view.access == Access::app) return admit_to_app(view, state, address, std::move(text));
  if (text.empty() || text == "*" || is_secret_name(text)) return refuse("authorize failed, super required");
  return {{}, std::move(text), false};
}

}  // namespace server::views
