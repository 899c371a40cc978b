// GuardedHub: a hub that binds ids to tokens, with the owner of an id and a thief who has a token of his own.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "hub/bindings.hpp"
#include "tests/server/rig.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

inline const server::Grant kOwner("a");
inline const server::Grant kThief("b");

inline server::HubOptions patient() {
  server::HubOptions options;
  options.probe = std::chrono::milliseconds(50);
  return options;
}

// A hub that binds ids.
struct GuardedHub {
  explicit GuardedHub(std::size_t per_token = server::kBindingsPerToken)
      : bindings(std::make_unique<server::Bindings>(dir.file("bindings.db"), per_token)) {
    rig.hub.bind_ids(*bindings);
  }
  // As after a restart of the server.
  void open_again() {
    bindings.reset();
    bindings = std::make_unique<server::Bindings>(dir.file("bindings.db"));
    rig.hub.bind_ids(*bindings);
  }
  std::string owner_of(const std::string& id) const {
    const auto binding = bindings->find(id);
    return binding ? binding->token : "";
  }

  TempDir dir;
  Rig rig{patient()};
  std::unique_ptr<server::Bindings> bindings;
};

inline agent::Task<> until_left(Rig* rig, std::string id) {
  const auto gone = [&] { return !rig->hub.find(id); };
  co_await until(rig->loop, gone);
}

// Comes, is accepted, and leaves.
inline agent::Task<> visit(GuardedHub* self, server::Grant grant, std::string id) {
  {
    FakeAgent agent(self->rig, self->rig.loop, grant);
    const agent::wire::Handshake answer = co_await agent.come(id);
    CHECK(answer.ok);
  }
  co_await until_left(&self->rig, id);
}

// Comes and is refused with this reason.
inline agent::Task<> refuse(GuardedHub* self, server::Grant grant, std::string id, std::string reason,
                            std::string instance = "") {
  FakeAgent agent(self->rig, self->rig.second, grant);
  const agent::wire::Handshake answer = co_await agent.come(id, "example-agent", instance);
  CHECK(!answer.ok);
  CHECK(answer.msg == reason);
  co_await agent.end();
}

}  // namespace test
