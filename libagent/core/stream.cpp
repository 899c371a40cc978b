#include "agent/stream.hpp"

#include "core/calls.hpp"
#include "net/bulk.hpp"

namespace agent {
namespace {

constexpr auto kNever = net::Clock::time_point::max();

std::shared_ptr<net::BulkStreams> streams_of(const core::CallState& call) {
  if (!call.cancelled && call.calls != nullptr) {
    if (std::shared_ptr<net::BulkStreams> streams = call.calls->streams()) return streams;
  }
  throw Error(Errc::disconnected, "the call's session has ended");
}

}  // namespace

struct IncomingStream::Impl {
  explicit Impl(const Call& call, std::uint32_t number) : source(streams_of(core::state_of(call)), number) {}
  net::BulkSource source;
};

IncomingStream::IncomingStream(const Call& call, std::uint32_t number)
    : impl_(std::make_unique<Impl>(call, number)) {}
IncomingStream::~IncomingStream() = default;

Task<std::string> IncomingStream::read() { return impl_->source.read(kNever); }
const std::string& IncomingStream::note() const { return impl_->source.note(); }

struct OutgoingStream::Impl {
  explicit Impl(const Call& call, std::uint32_t number) : sink(streams_of(core::state_of(call)), number) {}
  net::BulkSink sink;
};

OutgoingStream::OutgoingStream(const Call& call, std::uint32_t number)
    : impl_(std::make_unique<Impl>(call, number)) {}
OutgoingStream::~OutgoingStream() = default;

Task<> OutgoingStream::write(std::string bytes) { return impl_->sink.write(std::move(bytes), kNever); }
void OutgoingStream::end(std::string_view note) { impl_->sink.end(note); }
void OutgoingStream::fail(std::string_view why) { impl_->sink.fail(why); }

}  // namespace agent
