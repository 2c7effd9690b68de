#include "sim/database/database.h"

#include "sim/core/journal_kinds.h"

namespace steady::database {
namespace {

std::string_view name(MigrationStep::Kind kind) {
  switch (kind) {
    case MigrationStep::Kind::kAdd:
      return "add";
    case MigrationStep::Kind::kBackfill:
      return "backfill";
    case MigrationStep::Kind::kRename:
      return "rename";
    case MigrationStep::Kind::kDrop:
      return "drop";
  }
  return "";
}

}  // namespace

Database::Database(EventLoop& loop, Journal& journal, std::vector<std::string> columns)
    : loop_(loop), journal_(journal) {
  for (auto& column : columns) {
    journal_.add(loop_.now(), journal::kSchema, column, {{"state", "column"}, {"present", "yes"}});
    columns_.insert(std::move(column));
  }
}

Status Database::begin(const MigrationStep& step) {
  using Kind = MigrationStep::Kind;
  auto refuse = [](std::string why) { return Error{"migration", std::move(why), {}}; };
  if (loop_.now() < locked_until_) return refuse("another migration holds an exclusive lock");
  if (step.kind == Kind::kAdd && has(step.column))
    return refuse("column '" + step.column + "' exists already");
  if (step.kind != Kind::kAdd && !has(step.column))
    return refuse("there is no column '" + step.column + "'");
  if (step.kind == Kind::kRename && has(step.to))
    return refuse("column '" + step.to + "' exists already");
  if (step.kind == Kind::kBackfill && !step.to.empty() && !has(step.to))
    return refuse("there is no column '" + step.to + "'");
  journal_.add(loop_.now(), journal::kSchema, std::string(name(step.kind)),
               {{"state", "begin"},
                {"column", step.column},
                {"to", step.to},
                {"lock", step.exclusive_lock ? "exclusive" : "none"}});
  if (step.exclusive_lock) {
    locked_until_ = loop_.now() + step.duration;
    ++version_;
  }
  if (step.duration.count() == 0) {
    apply(step);
  } else {
    loop_.after(step.duration, "migration ends", [this, step] { apply(step); });
  }
  return ok();
}

void Database::apply(const MigrationStep& step) {
  using Kind = MigrationStep::Kind;
  auto column = [this](const std::string& column_name, bool present) {
    if (present) {
      columns_.insert(column_name);
    } else {
      columns_.erase(column_name);
      removed_.insert(column_name);
    }
    journal_.add(loop_.now(), journal::kSchema, column_name,
                 {{"state", "column"}, {"present", present ? "yes" : "no"}});
  };
  if (step.kind == Kind::kAdd) column(step.column, true);
  if (step.kind == Kind::kDrop || step.kind == Kind::kRename) column(step.column, false);
  if (step.kind == Kind::kRename) column(step.to, true);
  journal_.add(loop_.now(), journal::kSchema, std::string(name(step.kind)),
               {{"state", "end"}, {"column", step.column}, {"to", step.to}});
  ++version_;
  for (const auto& observer : observers_) observer();
}

bool Database::has(std::string_view column) const {
  return columns_.find(column) != columns_.end();
}

std::vector<std::string> Database::columns() const { return {columns_.begin(), columns_.end()}; }

std::optional<std::string> Database::missing(const std::vector<std::string>& reads,
                                             const std::vector<std::string>& writes) const {
  for (const auto* columns : {&reads, &writes}) {
    for (const auto& column : *columns) {
      if (has(column)) continue;
      const bool removed = removed_.find(column) != removed_.end();
      return (removed ? "column removed by migration: " : "column never added: ") + column;
    }
  }
  return std::nullopt;
}

}  // namespace steady::database
