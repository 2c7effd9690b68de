#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "sim/dataplane/processes/station.h"

namespace steady::dataplane {

/// One attempt of a request whose client looks at how it ends.
struct Try {
  Open last;                 ///< as it is planned to end, or has ended
  SimTime wanted{};          ///< when its client wanted to send it; its time-out counts from here
  SimTime body = kNever;     ///< the first byte of an answer that takes its time to be read
  int answered = 0;          ///< its status
  std::uint32_t number = 0;  ///< among the request's attempts
  std::uint32_t stamp = 0;   ///< a moment with another stamp is void: a cut came in between
  bool open = false;
  bool waiting = false;  ///< at its client, for a connection
  // Of its balancer, where that tries other targets.
  int again = 0;                    ///< tries beside the first
  std::vector<app::TargetId> were;  ///< where they failed
  SimTime tried{};                  ///< when the last one was sent to its target
  bool balancer_waits = false;      ///< before one at the same target
};

/// A request that somebody tries again when it fails, its client or a proxy. Of a source whose
/// clients only send again what fails, from the first failure on: before that it is an ordinary
/// open request and costs nothing more. Of one whose clients do more (SourceSpec::follows), from
/// its sending on.
struct Operation {
  SimTime first{};         ///< when it was meant to be sent first
  SimTime began = kNever;  ///< when it was
  std::array<Try, 2> tries{};
  SimDuration waited{0};       ///< before the last attempt
  std::uint32_t attempts = 1;  ///< sent so far, or about to be
  std::uint32_t hedges = 0;    ///< of them, those that were sent beside another
  std::uint32_t hops = 0;      ///< and those that went where a redirect led
  /// Redirects that were followed since it was sent to where the source sends; where they led.
  static constexpr std::uint16_t kOwnPlace = 0xFFFF;
  std::uint16_t redirects = 0, place = kOwnPlace;
  std::uint32_t failures() const { return attempts - hedges - hops; }  ///< if the last one failed
  std::uint32_t ticket = 0;  ///< of the moment at which it is hedged
  std::uint32_t client = 0;  ///< of the source's clients that are here
  std::uint32_t next = 0;    ///< that waits for a connection of the client
  SegmentId segment = 0;     ///< in which it was sent first
  VersionId wants = 0;       ///< the version whose asset is asked for; 0: a page, or any request
  bool live = false;
  SimDuration life{0};  ///< of a long connection that is not set up yet
};

/// The moments at which clients act; in order of time, decisions first, then by source and index,
/// whatever the order in which they were found out.
class Moments {
 public:
  enum Kind : std::uint8_t {
    kWake,     ///< nobody does anything: it only stops the carrying
    kEnd,      ///< an attempt has ended: what now?
    kHedge,    ///< it has not
    kSend,     ///< an attempt is sent
    kNext,     ///< a client goes on; `operation` is the client
    kConnect,  ///< a client connects its stream again, for `life`
  };
  struct Moment {
    SimTime at;
    Kind kind;
    std::uint16_t source;
    std::uint64_t index;
    std::uint32_t operation, stamp;
    std::uint8_t lane = 0;
    SimDuration life{0};
  };
  SimTime first() const { return std::min(dispatch_at, heap_.empty() ? kNever : heap_.front().at); }
  /// Nodes look then whether somebody has room for those that wait at them; at one moment with
  /// others it comes before them.
  SimTime dispatch_at = kNever;
  bool dispatch_is_next() const { return dispatch_at < kNever && dispatch_at == first(); }
  void add(const Moment& moment) {
    heap_.push_back(moment);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  Moment take() {
    const Moment moment = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    return moment;
  }

 private:
  /// Whatever sends comes after whatever decides.
  static int rank(const Moment& moment) { return std::min<int>(moment.kind, kSend); }
  static bool later(const Moment& a, const Moment& b) {
    const int of_a = rank(a), of_b = rank(b);
    return std::tie(a.at, of_a, a.source, a.index, a.lane, a.kind) >
           std::tie(b.at, of_b, b.source, b.index, b.lane, b.kind);
  }
  std::vector<Moment> heap_;
};

}  // namespace steady::dataplane
