// CutConnection: a connection that is lost at its n-th call, before the database has done it or behind that.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "agent/error.hpp"
#include "store/schema/sql_connection.hpp"

namespace test {

class CutConnection : public server::schema::SqlConnection {
 public:
  enum class Moment { before, behind };

  CutConnection(std::unique_ptr<SqlConnection> inner, int at, Moment moment)
      : inner_(std::move(inner)), left_(at), moment_(moment) {}

  bool was_cut() const { return !inner_; }

  server::schema::SqlDialect dialect() const override { return inner_->dialect(); }
  void execute(const std::string& sql) override {
    call([&] { inner_->execute(sql); });
  }
  std::vector<Row> query(const std::string& sql) override {
    std::vector<Row> rows;
    call([&] { rows = inner_->query(sql); });
    return rows;
  }
  std::string quote(std::string_view text) const override { return inner_->quote(text); }
  void begin() override {
    call([&] { inner_->begin(); });
  }
  void commit() override {
    call([&] { inner_->commit(); });
  }
  void roll_back() noexcept override {
    if (inner_) inner_->roll_back();
  }
  void lock(std::chrono::seconds wait) override { inner_->lock(wait); }
  void make_record_tables() override {
    call([&] { inner_->make_record_tables(); });
  }
  bool has_table(const std::string& name) override { return inner_->has_table(name); }
  bool rolls_back_definitions() const override { return inner_ && inner_->rolls_back_definitions(); }
  std::string definitions() override { return inner_->definitions(); }

 private:
  template <class Step>
  void call(Step step) {
    if (!inner_) fail();
    const bool is_last = --left_ == 0;
    if (!is_last || moment_ == Moment::behind) step();
    if (!is_last) return;
    inner_.reset();
    fail();
  }

  [[noreturn]] static void fail() { throw agent::Error(agent::Errc::disconnected, "2013: cut"); }

  std::unique_ptr<SqlConnection> inner_;
  int left_;
  const Moment moment_;
};

}  // namespace test
