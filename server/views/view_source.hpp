// ViewSource: where the state that a board shows comes from: a store, or what this server knows itself.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "store/store.hpp"
#include "views/view_board.hpp"

namespace server::views {

class ViewSource {
 public:
  virtual ~ViewSource() = default;

  // The state whenever it is another. Belongs to the loop that follows it; the source outlives it.
  virtual std::unique_ptr<store::View> view(const ViewBoard& board) = 0;
  // Changes when the state is another one's, or an older one again.
  virtual std::string id() const = 0;
  // It looks only while somebody reads the board: a reader that comes first asks for a look.
  virtual bool is_on_demand() const { return false; }
  // The loop that follows: look now.
  virtual void look() {}
};

// The keys below "<prefix>/" of a store, which outlives it.
class StoreSource final : public ViewSource {
 public:
  StoreSource(store::Store& store, std::string prefix) : store_(store), prefix_(std::move(prefix)) {}

  std::unique_ptr<store::View> view(const ViewBoard&) override {
    return store_.view(store::KeyRange::prefix(prefix_ + "/"));
  }
  std::string id() const override { return store_.id(); }

 private:
  store::Store& store_;
  const std::string prefix_;
};

}  // namespace server::views
