#include "agent/fetch.hpp"

#include <algorithm>
#include <utility>

#include "core/agent_state.hpp"
#include "core/runtime.hpp"
#include "net/http_requester.hpp"

namespace agent {
namespace {

constexpr std::size_t kRefusalText = 200;  // bytes of a refusal's body that go into the error
constexpr std::size_t kMaxTarget = 4096;

bool is_printable(std::string_view text, char first) {
  return std::all_of(text.begin(), text.end(), [first](char c) { return c >= first && c <= '~'; });
}

const net::DialOptions& dialled(Agent& agent) {
  const core::Runtime* runtime = core::state_of(agent).runtime;
  const net::DialOptions* options = runtime != nullptr ? runtime->connection().dialled() : nullptr;
  if (options == nullptr) throw Error(Errc::disconnected, "fetch: the agent is not connected");
  return *options;
}

// What is fetched has a token of its own.
net::DialOptions untokened(net::DialOptions options) {
  options.token.clear();
  return options;
}

std::string checked(std::string_view target) {
  if (!target.starts_with('/') || target.size() > kMaxTarget || !is_printable(target, '!')) {
    throw Error(Errc::bad_message, "fetch: not a path on the server");
  }
  return std::string(target);
}

}  // namespace

struct Fetch::Impl {
  Impl(Agent& agent, std::string_view target)
      : client(std::make_shared<net::HttpRequester>(core::state_of(agent).runtime->loop(),
                                                    untokened(dialled(agent)))) {
    request.target = checked(target);
    request.headers.emplace_back("Connection", "close");
  }

  const std::shared_ptr<net::HttpRequester> client;
  net::HttpRequest request;
  std::optional<std::uint64_t> length;
};

Fetch::Fetch(Agent& agent, std::string_view target)
    : impl_((dialled(agent), std::make_unique<Impl>(agent, target))) {}

Fetch::~Fetch() = default;

void Fetch::set_header(std::string_view name, std::string_view value) {
  if (!is_printable(name, '!') || !is_printable(value, ' ')) {
    throw Error(Errc::bad_message, "fetch: not a header");
  }
  impl_->request.headers.emplace_back(name, value);
}

Task<> Fetch::open() {
  net::HttpHead head = co_await impl_->client->send(impl_->request);
  impl_->length = head.content_length;
  if (head.status == 200) co_return;
  const std::shared_ptr<ByteSource> body = impl_->client;
  std::string text = co_await gather(body, kRefusalText);
  text.resize(std::min(text.size(), kRefusalText));
  throw Error(Errc::refused, "http_code=" + std::to_string(head.status) + ", data=" + text);
}

std::optional<std::uint64_t> Fetch::length() const { return impl_->length; }

Task<std::string> Fetch::read() { return impl_->client->read(); }

}  // namespace agent
