#include "tests/server/views/cluster_tree.hpp"

#include <fmt/format.h>

namespace test {
namespace {

// What deployd writes of one container that runs.
std::string container(std::string_view id, std::string_view proc, std::string_view node,
                      std::string_view node_ip, std::string_view ip, int port) {
  return fmt::format(
      R"({{"Id":"{}","Runtime":{{"Id":"{}","Config":{{"Env":["PATH=/bin","LAIN_PROCNAME={}"]}}}},"NodeName":"{}",)"
      R"("NodeIp":"{}","ContainerIp":"{}","NodePort":0,"ContainerPort":{},"Protocol":"tcp"}})",
      id, id, proc, node, node_ip, ip, port);
}

std::string pod(int instance, const std::string& container) {
  return fmt::format(R"({{"InstanceNo":{},"Containers":[{}],"State":1,"RestartAt":"2018-01-01T00:00:00Z"}})",
                     instance, container);
}

std::string group(std::string_view name, std::string_view app, std::string_view spec,
                  const std::string& pods) {
  return fmt::format(
      R"({{"Spec":{{"Name":"{}","Namespace":"{}","Version":1,"Pod":{}}},"PrevState":[],"Pods":[{}],"State":1}})",
      name, app, spec, pods);
}

constexpr std::string_view kWebSpec =
    R"({"Containers":[{"Image":"registry.lain.local/hello:release-1514-abc","Env":["LAIN_APP_RELEASE_VERSION=1514-abc"],)"
    R"("Volumes":[],"Command":["./run"],"CpuLimit":1,"MemoryLimit":67108864,"Expose":8080}],)"
    R"("Dependencies":[{"PodName":"mysql-service.portal.portal-mysql","Policy":0}],)"
    R"("Annotation":"{\"mountpoint\":[\"hello.lain.local?a&b\"]}"})";
constexpr std::string_view kQueueSpec =
    R"({"Containers":[{"Image":"hello","Env":[],"CpuLimit":1,"MemoryLimit":33554432}],"Annotation":"{}"})";
constexpr std::string_view kEchoSpec =
    R"({"Containers":[{"Image":"echo","Expose":9001}],"Annotation":)"
    R"("{\"ports\":[{\"srcport\":10001,\"dstport\":9002,\"proto\":\"tcp\"},)"
    R"({\"srcport\":9999,\"dstport\":9001,\"proto\":\"tcp\"}]}"})";

}  // namespace

std::string web_group(std::string_view first_ip, std::string_view second_ip) {
  const std::string first = container("web01", "hello.web.web", "node1", "192.168.77.21", first_ip, 8080);
  const std::string second = container("web02", "hello.web.web", "node2", "192.168.77.22", second_ip, 8080);
  return group("hello.web.web", "hello", kWebSpec, pod(1, first) + "," + pod(2, second));
}

ClusterTree ClusterTree::of_lain() {
  ClusterTree tree;
  tree.put("/lain/config/domain", "lain.local");
  tree.put("/lain/config/super_apps/console", "{}");
  tree.put("/lain/config/vip", "192.168.77.200");
  tree.put("/lain/config/vips/0.0.0.0", R"({"app":"webrouter","proc":"worker"})");
  tree.put("/lain/config/voice", "<loud>");
  tree.put("/lain/nodes/nodes/node1:192.168.77.21",
           R"({"name":"node1","ip":"192.168.77.21","ssh-port":22,"labels":{"type":"common"}})");
  tree.put("/lain/nodes/nodes/node2:192.168.77.22", R"({"name":"node2","ip":"192.168.77.22","ssh-port":22})");
  tree.put(std::string(kWebKey), web_group("172.20.0.11", "172.20.0.12"));
  const std::string queue =
      container("queue01", "hello.worker.queue", "node1", "192.168.77.21", "172.20.0.21", 0);
  tree.put(std::string(kQueueKey), group("hello.worker.queue", "hello", kQueueSpec, pod(1, queue)));
  const std::string echo =
      container("echo01", "tcpapp.worker.echo", "node2", "192.168.77.22", "172.20.0.31", 9001);
  tree.put(std::string(kEchoKey), group("tcpapp.worker.echo", "tcpapp", kEchoSpec, pod(1, echo)));
  const std::string portal =
      container("portal01", "portal-mysql", "node1", "192.168.77.21", "172.20.0.41", 3306);
  tree.put(std::string(kDependsKey),
           fmt::format(R"({{"node1":{{"hello":{{"RefCount":1,"VerifyTime":"2018-01-01T00:00:00Z",)"
                       R"("Spec":{{"Annotation":"{{}}"}},"Pod":{}}}}}}})",
                       pod(1, portal)));
  return tree;
}

}  // namespace test
