#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "sim/app/fleet.h"
#include "sim/cloud/elb/routing.h"
#include "sim/core/distribution.h"
#include "sim/core/random.h"
#include "sim/core/time.h"
#include "sim/dataplane/blocks.h"
#include "sim/dataplane/clients/clients.h"
#include "sim/dataplane/ledger.h"
#include "sim/dataplane/routing/flows.h"
#include "sim/dataplane/sources/draft.h"
#include "sim/traffic/source.h"

/// A source of traffic, as the data plane carries it: what it draws, in batches, and what its
/// clients remember.
namespace steady::dataplane {

inline std::uint64_t word(const PhiloxBlock& bits) {
  return (std::uint64_t{bits[1]} << 32) | bits[0];
}

/// Where a client's session is bound (elb.md 2.10).
struct Binding {
  std::uint32_t target = ~std::uint32_t{0};
  std::uint32_t place = 0;  ///< among the candidates, when it was used last
  SimTime until{};
};

/// A client's session with an app (app::AppCookie): who set its cookie, and until when it has it.
struct AppSession {
  app::ProcessId process = app::Fleet::kNone;
  SimTime until{};
};

/// What a node's rules do with one kind of request, looked up once.
struct Ruled {
  struct Way {
    std::uint16_t frontend = 0;  ///< into the states
    app::GroupId group = 0;
    std::uint64_t up_to = 0;  ///< sum of the weights so far
  };
  std::vector<Way> ways;      ///< none: the balancer answers by itself
  SimDuration sticky_for{0};  ///< a client stays with its group
  CauseId answer = 0;
  const elb::Redirect* redirect = nullptr;  ///< where the answer sends the client
  std::uint16_t priority = 0;
};

/// The group with which a client stays (elb.md 2.10, AWSALBTG).
struct GroupBinding {
  app::GroupId group = 0;
  SimTime until{};
};

struct Source {
  traffic::SourceSpec spec;
  std::unique_ptr<traffic::Shape> shape;
  RandomStream service;
  RandomStream tries;  ///< of balancers that try again
  std::vector<SimTime> batch;
  std::size_t next = 0;
  std::uint64_t made = 0;  ///< requests sent so far: the next one's index
  bool exhausted = false;  ///< nothing comes any more
  elb::Frontend* frontend = nullptr;
  std::uint16_t frontend_index = 0;
  bool follows = false;        ///< what the specification says, at hand
  std::vector<Client> people;  ///< where it follows: those that are here
  std::vector<std::uint32_t> free_people;
  std::vector<Binding> bindings;  ///< by client, when the source has clients
  std::vector<GroupBinding> group_bindings;
  std::vector<Flow> flows;           ///< through a Network load balancer, so many of each client
  std::vector<AppSession> sessions;  ///< by client, once some balancer follows an app's cookie
  /// By kind of request and node; forgotten when a listener changes.
  std::map<std::uint64_t, Ruled> ruled;
  std::int64_t tokens = 0;  ///< thousandths of a retry left in the budget
  // Of the batch's requests: their main blocks, and what the service times drawn last would be.
  std::vector<std::uint64_t> words;
  std::vector<std::uint32_t> chances, nodes;
  using Samples = Draft::Samples;
  /// Two revisions serve side by side, rarely more.
  std::array<Samples, 2> samples;
  std::size_t next_samples = 0;
  std::uint64_t batches = 0;  ///< drawn so far

  /// Of the same requests, once somebody asks: their blocks of routing, and for how long their
  /// connections rested.
  struct Routes {
    std::uint64_t batch = 0;  ///< which batch they are of
    std::uint64_t first = 0;  ///< index of the batch's first request
    std::vector<std::uint64_t> words;
    std::vector<std::uint32_t> clients, choices;
    Samples gaps;
  } routes;
  /// Where a first attempt stands in the batch; beyond its end for anything else.
  std::size_t place_of(std::uint64_t index, std::uint32_t attempt) const {
    return attempt == 0 ? static_cast<std::size_t>(index - routes.first) : batch.size();
  }
  PhiloxBlock route(std::uint64_t index, std::uint32_t attempt) {
    const std::size_t i = place_of(index, attempt);
    if (i >= batch.size()) return service.block(index, attempt * kBlocks + kRoute);
    if (routes.batch != batches) draw_routes();
    return {static_cast<std::uint32_t>(routes.words[i]),
            static_cast<std::uint32_t>(routes.words[i] >> 32), routes.clients[i],
            routes.choices[i]};
  }
  void draw_routes();
  /// For how long the connection rested that a request comes on; `bits` is its block of routing.
  SimDuration reuse_gap(const Distribution& distribution, std::uint64_t index,
                        std::uint32_t attempt, const PhiloxBlock& bits);

  SimDuration service_time(std::size_t i, const Distribution& distribution) {
    if (distribution.is_constant()) return distribution.sample(0);
    for (auto& known : samples) {
      if (known.of == &distribution) return SimDuration{known.ns[i]};
    }
    return sample_batch(i, distribution);
  }
  SimDuration sample_batch(std::size_t i, const Distribution& distribution);

  /// Who sends a request; it is the same client that sends it again.
  std::uint32_t client(std::uint64_t index) const;
  /// Clients that stay, each with its number; else they come and go.
  bool has_population() const { return spec.clients > 0 || spec.trace != nullptr; }
  /// From one request of a client to its next, in the index.
  std::uint64_t stride() const { return spec.users ? spec.users->number : kAgain; }

  /// The next arrival, or kNever.
  SimTime peek() {
    if (next == batch.size()) return refill();
    return batch[next];
  }
  SimTime refill();
  /// What comes after the batch, where several draw it; else null, or not begun.
  std::unique_ptr<Draft> ahead;
  /// The draft, all of it, becomes the batch.
  void take_ahead();

 private:
  void begin_batch();
};

}  // namespace steady::dataplane
