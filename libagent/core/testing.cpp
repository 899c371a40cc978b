#include "agent/testing.hpp"

#include <utility>

#include "core/played_server.hpp"

namespace agent {
namespace {

bool is_error(const Envelope& message) { return message.type() == wire::kErrorType; }

std::string wrong_type(const Envelope& message, int type) {
  return "a message of type " + std::to_string(message.type()) + " instead of " + std::to_string(type);
}

}  // namespace

std::size_t TestCall::replies() const { return exchange_->texts.size() - exchange_->errors; }
const std::vector<std::string>& TestCall::texts() const { return exchange_->texts; }
std::string TestCall::error() const { return exchange_->error; }
bool TestCall::ended() const { return exchange_->ended; }
void TestCall::cancel() const { exchange_->server->cancel(*exchange_); }
const std::string& TestCall::tid() const { return exchange_->tid; }

Envelope TestCall::envelope(std::size_t number, int type) const {
  for (const std::string& text : exchange_->texts) {
    Envelope message = Envelope::parse(text);
    if (is_error(message) || number-- > 0) continue;
    if (message.type() != type) throw Error(Errc::bad_message, wrong_type(message, type));
    return message;
  }
  if (exchange_->errors > 0) throw Error(Errc::not_found, "an error came in place of the reply: " + error());
  throw Error(Errc::not_found, "there are only " + std::to_string(replies()) + " replies");
}

std::vector<Envelope> TestCall::envelopes(const std::vector<std::string>& texts, int type) {
  std::vector<Envelope> found;
  for (const std::string& text : texts) {
    Envelope message = Envelope::parse(text);
    if (message.type() == type) found.push_back(std::move(message));
  }
  return found;
}

TestServer::TestServer(Agent& agent, std::string_view settings)
    : played_(std::make_unique<core::PlayedServer>(agent, settings)) {}
TestServer::~TestServer() = default;

std::string TestServer::next_tid() { return played_->next_tid(); }

TestCall TestServer::call_text(int type, std::string tid, std::string text) {
  return TestCall(played_->call(type, std::move(tid), text));
}

void TestServer::send_text(std::string text) { played_->send(text); }

const std::vector<std::string>& TestServer::report_texts() const { return played_->reports; }
void TestServer::forget_reports() { played_->reports.clear(); }
void TestServer::advance(std::chrono::nanoseconds duration) { played_->advance(duration); }

bool TestServer::wait_until(std::function<bool()> condition, std::chrono::milliseconds limit) {
  return played_->wait_until(condition, limit);
}

void TestServer::disconnect() { played_->disconnect(); }
void TestServer::connect() { played_->connect(); }
void TestServer::stop() { played_->stop(); }
bool TestServer::running() const { return played_->running(); }
double TestServer::metric(std::string_view series) const { return played_->metric(series); }

}  // namespace agent
