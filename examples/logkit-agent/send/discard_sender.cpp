#include "discard_sender.hpp"

namespace logkit {
namespace {

class DiscardSender final : public RecordSender {
 public:
  SendResult send(const Selection&) override { return {}; }
  bool is_instant() const override { return true; }
};

}  // namespace

std::unique_ptr<RecordSender> make_discard_sender(const PartOptions&, const WriteRights&) {
  return std::make_unique<DiscardSender>();
}

}  // namespace logkit
