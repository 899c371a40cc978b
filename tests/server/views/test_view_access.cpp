#include <catch2/catch.hpp>

#include "tests/server/views/cluster_tree.hpp"
#include "views/view_access.hpp"

using namespace server::views;
using test::ClusterTree;

namespace {

constexpr std::string_view kHello = "172.20.0.11";
constexpr std::string_view kEcho = "172.20.0.31";
constexpr std::string_view kPortal = "172.20.0.41";
constexpr std::string_view kStranger = "192.0.2.7";

struct Fixture {
  Fixture() {
    options.lain_access = true;
    options.ip = "192.168.77.21";
    tree.put("/lain/deployd/pod_groups/console/console.web.web",
             R"({"Spec":{"Name":"console.web.web","Namespace":"console"},"Pods":[{"Containers":[)"
             R"({"ContainerIp":"172.20.0.99"}]}]})");
    tree.put(
        "/lain/deployd/pod_groups/lost/lost.web.web",
        R"({"Spec":{"Name":"lost.web.web","Namespace":"lost"},"Pods":[{"Containers":[{"ContainerIp":""}]}]})");
  }

  Admission admit(std::string_view path, std::string_view address, std::string text = {}) const {
    for (const ClusterView& view : cluster_views())
      if (view.path == path) return server::views::admit(view, state(), options, address, std::move(text));
    throw std::runtime_error("no view");
  }
  ClusterState state() const { return {"/lain", tree.snapshot(), nullptr}; }

  ClusterTree tree = ClusterTree::of_lain();
  ViewOptions options;
};

}  // namespace

TEST_CASE("An address belongs to the app of its container, else to the service of its shared pod",
          "[views]") {
  Fixture fixture;
  CHECK(app_of(fixture.state(), kHello) == "hello");
  CHECK(app_of(fixture.state(), kPortal) == "mysql-service");
  CHECK_FALSE(app_of(fixture.state(), kStranger));
  CHECK_FALSE(app_of(fixture.state(), ""));
}

TEST_CASE("Loopback, the own address and super apps are super", "[views]") {
  Fixture fixture;
  for (const char* address : {"127.0.0.1", "::1", "192.168.77.21", "172.20.0.99"})
    CHECK(is_super(fixture.state(), fixture.options, address));
  for (const std::string_view address : {kHello, kPortal, kStranger, std::string_view("")})
    CHECK_FALSE(is_super(fixture.state(), fixture.options, address));
  fixture.options.ip.clear();
  CHECK_FALSE(is_super(fixture.state(), fixture.options, ""));
}

TEST_CASE("What is the cluster's needs super", "[views]") {
  Fixture fixture;
  for (const char* path : {"/v2/nodes", "/v2/containers", "/v2/depends", "/v2/backupspec", "/v2/appswatcher",
                           "/v2/localspecquery", "/v2/localspecwatcher"}) {
    INFO(path);
    CHECK(fixture.admit(path, kHello).refusal == "authorize failed, super required");
    CHECK(fixture.admit(path, "127.0.0.1").refusal.empty());
  }
}

TEST_CASE("An app reads itself and the services that it depends on, and nothing else", "[views]") {
  Fixture fixture;
  const std::string path = "/v2/coreinfowatcher";
  CHECK(fixture.admit(path, kHello, "hello").refusal.empty());
  CHECK(fixture.admit(path, kHello, "mysql-service").refusal.empty());
  CHECK(fixture.admit(path, kPortal, "mysql-service").refusal.empty());
  CHECK(fixture.admit(path, kEcho, "mysql-service").refusal == "authorize failed, no permission");
  CHECK(fixture.admit(path, kHello, "tcpapp").refusal == "authorize failed, no permission");
  CHECK(fixture.admit(path, kStranger, "hello").refusal == "authorize failed, no permission");
}

TEST_CASE("A caller that asks for all apps gets its own", "[views]") {
  Fixture fixture;
  CHECK(fixture.admit("/v2/proxywatcher", kHello).text == "hello");
  CHECK(fixture.admit("/v2/proxywatcher", kHello, "*").text == "hello");
  CHECK(fixture.admit("/v2/proxywatcher", kStranger).refusal ==
        "authorize failed, can not confirm the app by request ip");
  CHECK(fixture.admit("/v2/procwatcher", kHello, "*").refusal == "authorize failed, no permission");
  CHECK(fixture.admit("/v2/proxywatcher", "127.0.0.1", "*").text == "*");
}

TEST_CASE("An address that nobody has is not that of a container without one", "[views]") {
  Fixture fixture;
  CHECK_FALSE(may_read(fixture.state(), "", "lost"));
  CHECK_FALSE(fixture.admit("/v2/proxywatcher", "").refusal.empty());
}

TEST_CASE("No beginning of a secret name shows it to others", "[views]") {
  Fixture fixture;
  for (const ClusterView& view : cluster_views()) {
    if (view.access != Access::config) continue;
    for (const std::string target : {"v", "vi", "d", "s"}) {
      const Admission admission = fixture.admit(view.path, kHello, target);
      CHECK(admission.refusal.empty());
      CHECK_FALSE(admission.shows_secrets);
      ViewKey key = view.key(admission.text, fixture.options);
      key.shows_secrets = admission.shows_secrets;
      const std::string shown = answer_of(view, fixture.state(), key).text;
      CHECK(shown.find("vip") == std::string::npos);
      CHECK(shown.find("super_apps") == std::string::npos);
      if (target == "v") CHECK(shown == R"({"voice":"\u003cloud\u003e"})");
    }
    for (const std::string target : {"", "*", "vip", "vips/0.0.0.0", "super_apps"})
      CHECK(fixture.admit(view.path, kHello, target).refusal == "authorize failed, super required");
    CHECK(fixture.admit(view.path, "127.0.0.1", "vip").shows_secrets);
  }
}

TEST_CASE("Everybody reads every view without views.auth, and secret names are for super callers",
          "[views]") {
  Fixture fixture;
  fixture.options.lain_access = false;
  for (const ClusterView& view : cluster_views()) {
    INFO(view.path);
    const Admission admission = fixture.admit(view.path, kStranger);
    CHECK(admission.refusal.empty());
    CHECK(admission.text.empty());
    CHECK_FALSE(admission.shows_secrets);
  }
  for (const char* address : {"127.0.0.1", "192.168.77.21", "172.20.0.99"})
    CHECK(fixture.admit("/v2/configwatcher", address).shows_secrets);
}
