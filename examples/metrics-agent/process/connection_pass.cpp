#include "connection_pass.hpp"

using agent::ProcessFiles;

ConnectionPass::ConnectionPass(const ProcessOptions& options, SocketSource& source, SocketKinds kinds)
    : source_(source), kinds_(kinds), files_(options.root), list_(options.most_connections) {}

SampleStep ConnectionPass::step(std::size_t count) {
  if (!begun_) begin();
  std::size_t found = 0;
  for (std::size_t looked = 0; looked < count && found < count && looked_at_ < ids_.size(); ++looked) {
    const int pid = ids_[looked_at_++];
    files_.for_each_socket(pid, [&](int descriptor, std::uint64_t inode) {
      ++found;
      list_.hold(inode, pid, descriptor);
    });
    if (files_.outcome() == ProcessFiles::Outcome::failed) ++warnings_;
  }
  const bool more = looked_at_ < ids_.size();
  if (!more) finish();
  return {more, found};
}

void ConnectionPass::begin() {
  begun_ = true;
  for (const SocketType type : kSocketTypes) {
    if (!kinds_[static_cast<std::size_t>(type)]) continue;
    const bool whole = source_.read(type, false, [this](SocketRow row) { list_.add(std::move(row)); });
    if (!whole) ++warnings_;
  }
  list_.seal();
  ids_ = files_.ids();
}

void ConnectionPass::finish() {
  sample_.connections = list_.connections();
  sample_.connections_cut = list_.left_out();
  sample_.connection_counts = list_.counts();
}
