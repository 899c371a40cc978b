#include "store/record_ring.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace server {
namespace {

// Before the id and the text of a record in the ring.
struct Head {
  std::int64_t expires = 0;
  std::uint32_t id_size = 0;
  std::uint32_t text_size = 0;  // or kRemoval
};
constexpr std::uint32_t kRemoval = 0xffffffff;

std::string encode(const RecordWrite& write) {
  const Head head{
      .expires = write.row.expires,
      .id_size = static_cast<std::uint32_t>(write.row.id.size()),
      .text_size = write.is_removal ? kRemoval : static_cast<std::uint32_t>(write.row.text.size())};
  std::string line;
  line.reserve(sizeof head + write.row.id.size() + write.row.text.size());
  line.append(reinterpret_cast<const char*>(&head), sizeof head);
  line.append(write.row.id).append(write.row.text);
  return line;
}

// Takes the first one off. The ring has checked that what was put is whole.
RecordWrite decode(std::string_view& lines) {
  Head head;
  std::memcpy(&head, lines.data(), sizeof head);
  RecordWrite write{.row = {.id = std::string(lines.substr(sizeof head, head.id_size)),
                            .expires = head.expires,
                            .text = {}},
                    .is_removal = head.text_size == kRemoval};
  lines.remove_prefix(sizeof head + head.id_size);
  if (write.is_removal) return write;
  write.row.text = lines.substr(0, head.text_size);
  lines.remove_prefix(head.text_size);
  return write;
}

// What a later one of its id replaces needs not be written.
void drop_replaced(std::vector<RecordWrite>& writes) {
  std::unordered_set<std::string_view> seen;
  std::vector<RecordWrite> last;
  std::vector<bool> is_last(writes.size());
  for (std::size_t i = writes.size(); i-- > 0;) is_last[i] = seen.insert(writes[i].row.id).second;
  for (std::size_t i = 0; i < writes.size(); ++i)
    if (is_last[i]) last.push_back(std::move(writes[i]));
  writes = std::move(last);
}

}  // namespace

RecordRing::RecordRing(const std::string& path, std::size_t capacity)
    : ring_(RingFile::open(path, capacity)) {}

bool RecordRing::put(const RecordWrite& write) {
  if (write.row.id.size() + write.row.text.size() > ring_->capacity()) return false;
  return ring_->put(encode(write));
}

void RecordRing::skip_to(RingFile::Position position) {
  if (position > taken()) ring_->mark(std::min(position, end()));
}

RecordRing::Batch RecordRing::next(std::size_t bytes) const {
  std::string lines;
  Batch batch;
  batch.end = ring_->read(ring_->written(), lines, bytes);
  for (std::string_view rest = lines; !rest.empty();) batch.writes.push_back(decode(rest));
  drop_replaced(batch.writes);
  return batch;
}

}  // namespace server
