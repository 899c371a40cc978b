#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "base/read_file.hpp"
#include "tests/server/views/cluster_tree.hpp"
#include "tests/support/places.hpp"
#include "views/view_board.hpp"
#include "views/view_watch.hpp"

using namespace server::views;
using test::ClusterTree;

namespace {

const ClusterView& view_at(std::string_view path) {
  for (const ClusterView& view : cluster_views())
    if (view.path == path) return view;
  throw std::runtime_error("no view at " + std::string(path));
}

ViewOptions options() {
  ViewOptions out;
  out.ip = "192.168.77.21";
  out.host_name = "node1";
  return out;
}

ViewAnswer ask(const ClusterTree& tree, std::string_view path, const std::string& text = {}) {
  const ClusterState state("/lain", tree.snapshot(), nullptr);
  const ClusterView& view = view_at(path);
  return answer_of(view, state, view.key(text, options()));
}

// What a watcher sees of a cluster that changes, and a GET in the end.
class Story {
 public:
  Story(std::string_view path, const std::string& asked) : view_(view_at(path)) {
    step("");
    reader_ = board_->open(view_, view_.key(asked, options()));
    step("first");
  }

  void play() {
    tree_.put(std::string(test::kWebKey), test::web_group("172.20.0.11", "172.20.0.12"));
    step("the same again");
    tree_.put(std::string(test::kWebKey), test::web_group("172.20.0.11", "172.20.0.13"));
    tree_.put("/lain/config/vip", "192.168.77.201");
    tree_.put("/lain/nodes/nodes/node1:192.168.77.21", R"({"name":"node1","big":9007199254740993})");
    tree_.put(std::string(test::kDependsKey), R"({"node2":{"hello":{"Spec":{"Annotation":"x"}}}})");
    step("changed");
    for (const std::string_view key :
         {std::string_view("/lain/config/vips/0.0.0.0"), test::kQueueKey,
          std::string_view("/lain/nodes/nodes/node1:192.168.77.21"), test::kDependsKey})
      tree_.erase(std::string(key));
    step("removed");
    tree_.put(std::string(test::kWebKey), test::web_group("", "172.20.0.13"));
    step("half without address");
    tree_.put(std::string(test::kWebKey), test::web_group("", ""));
    tree_.put(std::string(test::kEchoKey), "no JSON");
    step("all without address, one malformed");
    tree_.put(std::string(test::kWebKey), test::web_group("172.20.0.14", ""));
    step("back");
  }

  std::string text;

 private:
  void step(std::string_view name) {
    board_->publish(tree_.snapshot(), "store", now_);
    if (!reader_) return;
    text.append("# ").append(name).append("\n");
    machine_.see(reader_->version(), now_);
    while (const auto event = machine_.next(now_)) text += event->encode();
  }

  const ClusterView& view_;
  ClusterTree tree_ = ClusterTree::of_lain();
  const ViewBoard::Time now_{};
  std::shared_ptr<ViewBoard> board_ = std::make_shared<ViewBoard>("/lain");
  std::unique_ptr<ViewReader> reader_;
  ViewWatch machine_{{}, now_};
};

// Compares with a file of golden/, or writes it when TEST_WRITE_GOLDEN is set.
void check_golden(const std::string& name, const std::string& text) {
  const std::string path = test::source_path("tests/server/views/golden/" + name + ".txt");
  if (std::getenv("TEST_WRITE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  CHECK(text == golden);
}

}  // namespace

TEST_CASE("Every view shows a cluster and its changes in the bytes of its golden file", "[views]") {
  struct Case {
    std::string name;
    std::string path;
    std::string text;
  };
  const std::vector<Case> cases{
      {"appswatcher", "/v2/appswatcher", ""},
      {"backupspec", "/v2/backupspec", "hello"},
      {"configwatcher", "/v2/configwatcher", ""},
      {"configwatcher_v", "/v2/configwatcher", "v"},
      {"containers", "/v2/containers", "node1"},
      {"coreinfowatcher", "/v2/coreinfowatcher", "hello"},
      {"depends", "/v2/depends", ""},
      {"localprocs", "/v2/rebellion/localprocs", ""},
      {"localspecwatcher", "/v2/localspecwatcher", ""},
      {"nodes", "/v2/nodes", "node1"},
      {"procwatcher", "/v2/procwatcher", "hello"},
      {"proxywatcher", "/v2/proxywatcher", ""},
      {"streamports", "/v2/streamrouter/ports", ""},
      {"streamprocs", "/v2/streamrouter/streamprocs", ""},
      {"webprocs", "/v2/webrouter/webprocs", ""},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    Story story(one.path, one.text);
    story.play();
    check_golden(one.name, story.text);
  }
}

TEST_CASE("The two paths of the local view show the same", "[views]") {
  const ClusterTree tree = ClusterTree::of_lain();
  const std::string both = R"(["hello/hello.web.web","hello/hello.worker.queue"])";
  CHECK(ask(tree, "/v2/localspecwatcher").text == both);
  CHECK(ask(tree, "/v2/localspecquery").text == both);
  CHECK(ask(tree, "/v2/localspecquery", "node2").text ==
        R"(["hello/hello.web.web","tcpapp/tcpapp.worker.echo"])");
  CHECK_FALSE(view_at("/v2/localspecquery").can_watch);
}

TEST_CASE("An app's name is no beginning of another app's", "[views]") {
  ClusterTree tree = ClusterTree::of_lain();
  tree.put("/lain/deployd/pod_groups/hello2/hello2.web.web", R"({"Spec":{"Name":"hello2.web.web"}})");
  CHECK(ask(tree, "/v2/proxywatcher", "hell").text == "{}");
  CHECK(ask(tree, "/v2/proxywatcher", "hello2").text == R"({"hello2.web.web":{"containers":[]}})");
  CHECK(ask(tree, "/v2/proxywatcher", "hello").text.find("hello2") == std::string::npos);
  CHECK(ask(tree, "/v2/proxywatcher", "*").text == ask(tree, "/v2/proxywatcher").text);
}

TEST_CASE("A name that is there is itself, else the beginning of names", "[views]") {
  const ClusterTree tree = ClusterTree::of_lain();
  CHECK(ask(tree, "/v2/configwatcher", "vip").text == R"({"vip":"192.168.77.200"})");
  CHECK(ask(tree, "/v2/configwatcher", "vi").text ==
        R"({"vip":"192.168.77.200","vips/0.0.0.0":"{\"app\":\"webrouter\",\"proc\":\"worker\"}"})");
  CHECK(ask(tree, "/v2/nodes", "node1:192.168.77.21").text == "{}");
  CHECK(ask(tree, "/v2/nodes", "node").text == "{}");
}

TEST_CASE("Names that nothing has are empty answers", "[views]") {
  const ClusterTree tree = ClusterTree::of_lain();
  for (const std::string& odd :
       {std::string("../config"), std::string("a\0b", 3), std::string(65536, 'x'), std::string("\xFF\xFE")}) {
    CHECK(ask(tree, "/v2/configwatcher", odd).text == "{}");
    CHECK(ask(tree, "/v2/depends", odd).text == "{}");
    CHECK(ask(tree, "/v2/containers", odd).text == "{}");
    CHECK(ask(tree, "/v2/procwatcher", odd).text == "[]");
    CHECK(ask(tree, "/v2/localspecwatcher", odd).text == "[]");
  }
}

TEST_CASE("An app called * is all apps to its readers", "[views]") {
  ClusterTree tree = ClusterTree::of_lain();
  tree.put("/lain/deployd/pod_groups/*/star", R"({"Spec":{"Name":"star","Namespace":"*"}})");
  CHECK(ask(tree, "/v2/appswatcher").text ==
        R"({"*":{"Appname":"*"},"hello":{"Appname":"hello"},"tcpapp":{"Appname":"tcpapp"}})");
  CHECK(ask(tree, "/v2/coreinfowatcher", "*").text == ask(tree, "/v2/coreinfowatcher").text);
}

TEST_CASE("A node whose name has a colon is found by its name", "[views]") {
  ClusterTree tree;
  tree.put("/lain/nodes/nodes/a:b:192.0.2.1", "{}");
  tree.put("/lain/nodes/nodes/a:192.0.2.2", "{}");
  CHECK(ask(tree, "/v2/nodes", "a:b").text == R"({"a:b:192.0.2.1":{}})");
  CHECK(ask(tree, "/v2/nodes", "a").text == R"({"a:192.0.2.2":{},"a:b:192.0.2.1":{}})");
  CHECK(ask(tree, "/v2/nodes", "b").text == "{}");
}

TEST_CASE("Pods without containers and containers without specs are shown with what there is", "[views]") {
  ClusterTree tree;
  tree.put(
      "/lain/deployd/pod_groups/a/a.web.web",
      R"({"Spec":{"Name":"a.web.web","Namespace":"a","Pod":{"Annotation":"{\"ports\":[{\"srcport\":1}]}"}},)"
      R"("Pods":[{"InstanceNo":1},{"InstanceNo":2,"Containers":[{"Id":"x","ContainerIp":"10.0.0.1"}]}]})");
  CHECK(
      ask(tree, "/v2/procwatcher", "a").text ==
      R"([{"proc":[{"InstanceNo":1,"IP":"","Port":0,"ProcName":""},{"InstanceNo":2,"IP":"10.0.0.1","Port":0,"ProcName":""}]}])");
  CHECK_THAT(ask(tree, "/v2/coreinfowatcher").text,
             Catch::Contains(R"("ContainerInfos":[],"Dependencies":[],"InstanceNo":1)") &&
                 Catch::Contains(
                     R"({"Command":null,"ContainerId":"x","ContainerIp":"10.0.0.1","Cpu":0,"Env":null,)"));
  CHECK(
      ask(tree, "/v2/streamrouter/streamprocs").text ==
      R"({"a":[{"Name":"a.web.web","Upstreams":[{"Host":"","InstanceNo":1},{"Host":"10.0.0.1","InstanceNo":2}],)"
      R"("Services":[{"UpstreamPort":0,"ListenPort":1,"Send":"","Expect":""}]}]})");
}

TEST_CASE("An annotation that is no JSON has no ports", "[views]") {
  ClusterTree tree = ClusterTree::of_lain();
  tree.put("/lain/deployd/pod_groups/b/b.tcp.x",
           R"({"Spec":{"Name":"b.tcp.x","Namespace":"b","Pod":{"Annotation":"{ports"}}})");
  CHECK(ask(tree, "/v2/streamrouter/ports").text == "[9999,10001]");
  CHECK(ask(tree, "/v2/streamrouter/ports", "b").text == "[]");
}

TEST_CASE("The half rule serves exactly half, and refuses less and nothing", "[views]") {
  ClusterTree tree = ClusterTree::of_lain();
  const auto shown = [&] { return ask(tree, "/v2/webrouter/webprocs"); };
  tree.put(std::string(test::kWebKey), test::web_group("172.20.0.11", ""));
  CHECK_FALSE(shown().is_refusal);
  tree.put(std::string(test::kWebKey), test::web_group("", ""));
  CHECK(shown().is_refusal);
  CHECK(shown().text == "over half of the containers lost their IPs");
  tree.erase(std::string(test::kWebKey));
  CHECK(shown().is_refusal);
  CHECK(ask(ClusterTree(), "/v2/streamrouter/streamprocs").is_refusal);
  CHECK(ask(tree, "/v2/webrouter/webprocs", "tcpapp").is_refusal);
}

TEST_CASE("A malformed value spoils only itself and is named", "[views]") {
  const auto damage = GENERATE(as<std::string>(), "no JSON", "[1]", R"({"Pods":7})",
                               R"({"Spec":{"Pod":{"Containers":[{"MemoryLimit":9223372036854775808}]}}})");
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  for (const std::string& value : {damage, R"({"Spec":)" + deep + "}", std::string(5'000'000, '{')}) {
    ClusterTree tree = ClusterTree::of_lain();
    tree.put(std::string(test::kEchoKey), value);
    CHECK(ask(tree, "/v2/appswatcher").text == R"({"hello":{"Appname":"hello"}})");
    const ViewAnswer alone = ask(tree, "/v2/proxywatcher", "tcpapp");
    CHECK(alone.is_refusal);
    CHECK_THAT(alone.text, Catch::StartsWith("malformed value: " + std::string(test::kEchoKey) + ": "));
    const ClusterState state("/lain", tree.snapshot(), nullptr);
    REQUIRE(state.faults().size() == 1);
    CHECK(state.faults()[0].first == test::kEchoKey);
    CHECK(state.faults()[0].second.find(value) == std::string::npos);
  }
}

TEST_CASE("Numbers keep all their digits", "[views]") {
  ClusterTree tree;
  tree.put("/lain/nodes/nodes/n:1", R"({"b":9007199254740993,"a":1e3,"c":{"z":-0.50,"y":[{"q":1,"p":2}]}})");
  CHECK(ask(tree, "/v2/nodes").text ==
        R"({"n:1":{"a":1e3,"b":9007199254740993,"c":{"y":[{"p":2,"q":1}],"z":-0.50}}})");
}

TEST_CASE("A value of five megabytes is shown whole", "[views]") {
  ClusterTree tree;
  tree.put("/lain/config/big", std::string(5'000'000, 'x'));
  CHECK(ask(tree, "/v2/configwatcher").text.size() == 5'000'000 + std::string(R"({"big":""})").size());
}

TEST_CASE("Texts are escaped as the originals' encoder escapes them", "[views]") {
  ClusterTree tree;
  tree.put("/lain/config/a", "<&>\xE2\x80\xA8\xE2\x80\xA9\xE2\x82\xAC\"");
  CHECK(ask(tree, "/v2/configwatcher").text ==
        "{\"a\":\"\\u003c\\u0026\\u003e\\u2028\\u2029\xE2\x82\xAC\\\"\"}");
}

TEST_CASE("Keys beside the folders are nobody's", "[views]") {
  ClusterTree tree;
  for (const char* key : {"/lain", "/lain/config", "/lain/config/", "/lainer/config/x", "/lain/other/x", "x"})
    tree.put(key, "1");
  CHECK(ask(tree, "/v2/configwatcher").text == "{}");
}
