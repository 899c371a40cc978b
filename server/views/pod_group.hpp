// PodGroup, Dependents: what lain's deployd keeps in the store (Lain's deployd; cluster reference, A.8), as
// far as views show it. Values; any thread.
//
//   /lain/deployd/pod_groups/<app>/<proc>      a PodGroup
//   /lain/deployd/depends/pods/<service pod>   Dependents
//
// A list that is absent or null is told from an empty one where the originals show the difference.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace server::views {

using Texts = std::optional<std::vector<std::string>>;

// What a container is made from.
struct ContainerSpec {
  std::string image;
  Texts env;
  Texts volumes;
  Texts command;
  std::int64_t cpu_limit = 0;
  std::int64_t memory_limit = 0;  // bytes
  std::int64_t expose = 0;        // port; 0 = none

  static void fields(auto& field) {
    field("Image", &ContainerSpec::image);
    field("Env", &ContainerSpec::env);
    field("Volumes", &ContainerSpec::volumes);
    field("Command", &ContainerSpec::command);
    field("CpuLimit", &ContainerSpec::cpu_limit);
    field("MemoryLimit", &ContainerSpec::memory_limit);
    field("Expose", &ContainerSpec::expose);
  }
};

struct Dependency {
  std::string pod_name;
  std::int64_t policy = 0;

  static void fields(auto& field) {
    field("PodName", &Dependency::pod_name);
    field("Policy", &Dependency::policy);
  }
};

struct PodSpec {
  std::vector<ContainerSpec> containers;
  std::vector<Dependency> dependencies;
  std::string annotation;  // often JSON

  static void fields(auto& field) {
    field("Containers", &PodSpec::containers);
    field("Dependencies", &PodSpec::dependencies);
    field("Annotation", &PodSpec::annotation);
  }
  // What the pod's container at `index` is made from; an empty spec where there are fewer.
  const ContainerSpec& container(std::size_t index) const {
    static const ContainerSpec kNone;
    return index < containers.size() ? containers[index] : kNone;
  }
};

struct RuntimeConfig {
  std::vector<std::string> env;
  static void fields(auto& field) { field("Env", &RuntimeConfig::env); }
};
struct ContainerRuntime {
  RuntimeConfig config;
  static void fields(auto& field) { field("Config", &ContainerRuntime::config); }
};

// One that runs, or should.
struct Container {
  std::string id;
  ContainerRuntime runtime;
  std::string node_name;
  std::string node_ip;
  std::string container_ip;  // "": it has lost it
  std::int64_t container_port = 0;

  static void fields(auto& field) {
    field("Id", &Container::id);
    field("Runtime", &Container::runtime);
    field("NodeName", &Container::node_name);
    field("NodeIp", &Container::node_ip);
    field("ContainerIp", &Container::container_ip);
    field("ContainerPort", &Container::container_port);
  }
};

struct Pod {
  std::int64_t instance_no = 0;
  std::vector<Container> containers;

  static void fields(auto& field) {
    field("InstanceNo", &Pod::instance_no);
    field("Containers", &Pod::containers);
  }
  // The first one, which stands for the pod; an empty one when there is none.
  const Container& first_container() const {
    static const Container kNone;
    return containers.empty() ? kNone : containers.front();
  }
};

struct PodGroupSpec {
  std::string name;  // "hello.web.web"
  std::string app;   // "hello"
  PodSpec pod;

  static void fields(auto& field) {
    field("Name", &PodGroupSpec::name);
    field("Namespace", &PodGroupSpec::app);
    field("Pod", &PodGroupSpec::pod);
  }
};

struct PodGroup {
  PodGroupSpec spec;
  std::vector<Pod> pods;

  static void fields(auto& field) {
    field("Spec", &PodGroup::spec);
    field("Pods", &PodGroup::pods);
  }
};

// A pod of a service, shared by the instances of one app on one node.
struct SharedPod {
  PodSpec spec;
  Pod pod;

  static void fields(auto& field) {
    field("Spec", &SharedPod::spec);
    field("Pod", &SharedPod::pod);
  }
};

// node -> app that depends on the service -> pod
using Dependents = std::map<std::string, std::map<std::string, SharedPod>>;

}  // namespace server::views
