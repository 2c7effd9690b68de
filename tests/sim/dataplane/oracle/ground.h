#pragma once

#include <deque>
#include <map>

#include "sim/app/fleet.h"
#include "sim/cloud/elb/routing.h"
#include "sim/core/journal.h"
#include "sim/database/database.h"

namespace steady::dataplane::testing {

/// Everything below the data plane; one each for the fast path and for the plain model.
struct Ground {
  explicit Ground(std::uint64_t seed)
      : random{seed, 0}, fleet(loop, random, journal), database(loop, journal, {"name", "email"}) {}
  EventLoop loop;
  Journal journal;
  RandomSource random;
  app::Fleet fleet;
  database::Database database;
  std::deque<elb::Frontend> frontends;  ///< a way to a group each; the listeners' own come first
  std::deque<elb::Frontend> faces;      ///< of listeners with rules
  std::map<std::size_t, elb::Frontend*> face_of;
  std::map<std::size_t, elb::DnsAnswers> dns;  ///< by listener
  elb::Frontend& listener(std::size_t number) {
    const auto face = face_of.find(number);
    return face == face_of.end() ? frontends[number] : *face->second;
  }
};

}  // namespace steady::dataplane::testing
