#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/core/event_loop.h"
#include "sim/core/journal.h"

namespace steady::database {

/// One step of a migration (stories.md S43): what changes, how long it takes, whether it locks.
struct MigrationStep {
  enum class Kind { kAdd, kBackfill, kRename, kDrop } kind = Kind::kAdd;
  std::string column;           ///< The column added, filled, renamed or dropped.
  std::string to;               ///< New name (rename) or the column that is filled from (backfill).
  SimDuration duration{0};      ///< The change holds at the end of it.
  bool exclusive_lock = false;  ///< Requests that read or write wait until the end.
};

/// The schema as columns, its migrations, and whether a rollback would work. Renames and drops
/// break whoever uses the old name from the moment they are applied.
class Database {
 public:
  Database(EventLoop& loop, Journal& journal, std::vector<std::string> columns);

  /// Begins a step now. Refused (nothing changes): unknown column, column exists, a step that
  /// holds an exclusive lock still runs.
  Status begin(const MigrationStep& step);

  bool has(std::string_view column) const;
  std::vector<std::string> columns() const;
  /// The first of these columns that is missing, and why ("column removed by migration: x",
  /// "column never added: x"); nothing when all are there.
  std::optional<std::string> missing(const std::vector<std::string>& reads,
                                     const std::vector<std::string>& writes) const;
  /// Until when an exclusive lock is held; now or earlier when none is.
  SimTime locked_until() const { return locked_until_; }
  /// Counts changes of columns and locks, so that readers can cache.
  std::uint64_t version() const { return version_; }
  /// Called after each change, in order of subscription.
  void observe(std::function<void()> observer) { observers_.push_back(std::move(observer)); }

 private:
  void apply(const MigrationStep& step);
  EventLoop& loop_;
  Journal& journal_;
  std::set<std::string, std::less<>> columns_, removed_;
  SimTime locked_until_{};
  std::uint64_t version_ = 0;
  std::vector<std::function<void()>> observers_;
};

}  // namespace steady::database
