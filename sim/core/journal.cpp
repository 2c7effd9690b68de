#include "sim/core/journal.h"

#include "sim/core/check.h"

namespace steady {

std::string_view JournalEntry::operator[](std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return value;
  }
  return {};
}

std::string JournalEntry::line() const {
  std::string text = format_seconds(at);
  text += ' ';
  text += kind;
  text += ' ';
  text += subject;
  for (const auto& [field, value] : fields) {
    text += ' ';
    text += field;
    text += '=';
    text += value;
  }
  return text;
}

const JournalEntry& Journal::add(SimTime at, std::string_view kind, std::string subject,
                                 Fields fields) {
  STEADY_CHECK(!observed_, "an observer of the journal wrote to it");
  entries_.push_back({.at = at,
                      .sequence = entries_.size(),
                      .kind = kind,
                      .subject = std::move(subject),
                      .fields = std::move(fields)});
  const JournalEntry& entry = entries_.back();
  // Reset on the way out of an observer that throws, too.
  struct Guard {
    bool& flag;
    explicit Guard(bool& f) : flag(f) { flag = true; }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { flag = false; }
  } guard(observed_);
  for (const Observer& observer : observers_) observer(entry);
  return entry;
}

std::string Journal::digest() const {
  // Every part is preceded by its length, so no two journals are spelled alike.
  Sha256 hash;
  const auto number = [&hash](std::int64_t value) { hash.update(std::to_string(value) + ';'); };
  const auto part = [&](std::string_view text) {
    number(static_cast<std::int64_t>(text.size()));
    hash.update(text);
  };
  for (const JournalEntry& entry : entries_) {
    number(entry.at.time_since_epoch().count());
    part(entry.kind);
    part(entry.subject);
    number(static_cast<std::int64_t>(entry.fields.size()));
    for (const auto& [field, value] : entry.fields) {
      part(field);
      part(value);
    }
  }
  return hash.hex();
}

}  // namespace steady
