#include "views/view_service.hpp"

#include <exception>
#include <optional>
#include <utility>

#include "base/event.hpp"
#include "net/spawn.hpp"
#include "views/view_metrics.hpp"

namespace server::views {

ViewService::ViewService(ViewOptions options, store::Store& store, std::chrono::milliseconds proof)
    : ViewService(options, std::make_unique<StoreSource>(store, options.prefix), proof) {}

ViewService::ViewService(ViewOptions options, std::unique_ptr<ViewSource> source,
                         std::chrono::milliseconds proof)
    : options_(std::move(options)),
      source_(std::move(source)),
      proof_(proof),
      board_(std::make_shared<ViewBoard>(options_.prefix)) {}

void ViewService::start(agent::net::Loop& loop) {
  loop_ = &loop;
  agent::net::spawn(loop, follow(this), "views: follow the store");
}

void ViewService::add_metrics(agent::metrics::Registry& metrics) {
  metrics.collect(
      [board = board_](agent::metrics::Exposition& out) { expose(*board, agent::Clock::now(), out); });
}

// Until the loop ends. One view of the store for all of that time: a new one would begin with a state that a
// store which is away cannot vouch for.
agent::Task<> ViewService::follow(ViewService* self) {
  std::unique_ptr<store::View> view;
  for (;;) {
    std::string why;
    try {
      if (!view) view = self->source_->view(*self->board_);
      co_await self->follow(view.get());
    } catch (const agent::Error& error) {
      if (error.code() == agent::Errc::cancelled) throw;
      why = error.text();
    } catch (const std::exception& error) {
      why = error.what();
    }
    self->board_->lose("store away: " + why);
    co_await agent::pause(kAgain);
  }
}

// Until the store is away, which throws.
agent::Task<> ViewService::follow(store::View* view) {
  for (;;) {
    const store::Time deadline = agent::Clock::now() + proof_;
    std::optional<store::Snapshot> snapshot = co_await view->next(deadline);
    if (!snapshot) {
      board_->confirm(agent::Clock::now());
      end_round();
      continue;
    }
    options_.secrets.filter(snapshot->items);
    auto work = [this, &snapshot] { board_->publish(*snapshot, source_->id(), agent::Clock::now()); };
    co_await pool_.run(work);
    end_round();
  }
}

void ViewService::end_round() {
  ++rounds_;
  round_ended_.wake();
}

agent::Task<> ViewService::freshen() { return agent::net::on(*loop_, await_round(this)); }

agent::Task<> ViewService::await_round(ViewService* self) {
  if (self->board_->state() && self->board_->is_read()) co_return;
  const std::uint64_t seen = self->rounds_;
  const store::Time deadline = agent::Clock::now() + store::kPatience;
  self->source_->look();
  bool in_time = true;
  while (in_time && self->rounds_ == seen && !self->board_->is_closed())
    in_time = co_await self->round_ended_.wait(deadline);
}

}  // namespace server::views
