#include <algorithm>

#include "sim/dataplane/causes.h"
#include "tests/sim/dataplane/plain/plain_plane.h"

/// Clients that look at answers: closed loops, sessions, page loads, hedges, connections (elb.md
/// 8.3 to 8.5).
namespace steady::dataplane::testing {

namespace {

constexpr std::uint64_t kNextOf = std::uint64_t{1} << 40;

std::uint64_t low_word(const PhiloxBlock& bits) { return (std::uint64_t{bits[1]} << 32) | bits[0]; }

}  // namespace

std::size_t PlainPlane::new_person(Source& source, std::uint64_t serial) {
  const std::size_t person = source.next_person++;
  source.people[person].serial = serial;
  return person;
}

void PlainPlane::ask(std::uint16_t source_number, std::size_t person, std::uint64_t index,
                     SimTime now, const std::string& wants) {
  Source& source = sources_[source_number];
  const auto& retry = source.spec.retry;
  if (retry.budgeted())
    source.tokens = std::min(retry.burst * 1000, source.tokens + retry.budget_per_mille);
  Whole& whole = wholes_.emplace_back();
  whole.source = source_number;
  whole.index = index;
  whole.person = person;
  whole.wants = wants;
  whole.first = now;
  ++source.people[person].open;
  ++source.people[person].asked;
  wish(wholes_.size() - 1, now, wants.empty());
}

void PlainPlane::wish(std::size_t number, SimTime now, bool at_once) {
  Whole& whole = wholes_[number];
  const auto& spec = sources_[whole.source].spec;
  Person& person = sources_[whole.source].people[whole.person];
  whole.wanted = now;
  if (spec.at_once == 0 || person.connections < spec.at_once) {
    ++person.connections;
    if (at_once) return transmit(number, 0, now);
    return put_of(now, kConnected, whole.source, whole.index, number);
  }
  person.waiting.push_back(number);
  whole.until = kNever;
  if (spec.timeout != SimDuration::max()) whole.until = now + spec.timeout;
  if (spec.retry.deadline != SimDuration::max())
    whole.until = std::min(whole.until, whole.first + spec.retry.deadline);
  if (whole.until != kNever) put_of(whole.until, kTired, whole.source, whole.index, number);
}

/// It has a connection.
void PlainPlane::transmit(std::size_t number, int lane, SimTime now) {
  Whole& whole = wholes_[number];
  const auto& spec = sources_[whole.source].spec;
  if (!whole.began) whole.began = now;
  const std::size_t id = requests_.size();
  Request& request = requests_.emplace_back();
  request.source = whole.source;
  request.index = whole.index;
  request.whole = number;
  request.root = id;
  request.lane = lane;
  request.first = whole.first;
  request.wanted = lane == 0 ? whole.wanted : now;
  request.attempts = ++whole.attempts;
  request.so_far.sent = now;
  whole.under_way.push_back(id);
  if (spec.hedge && lane == 0) put(now + spec.hedge->after, kHedge, id);
  attempt(id, now);
}

/// The first attempt has no answer yet.
void PlainPlane::hedge(std::size_t number, SimTime now) {
  const Request& request = requests_[number];
  Whole& whole = wholes_[request.whole];
  const auto of_it = [&](std::size_t other) { return requests_[other].root == number; };
  if (std::ranges::none_of(whole.under_way, of_it)) return;
  Source& source = sources_[request.source];
  Person& person = source.people[whole.person];
  if (source.spec.at_once > 0 && person.connections >= source.spec.at_once) return;
  if (source.spec.retry.budgeted()) {
    if (source.tokens < 1000) return;
    source.tokens -= 1000;
  }
  ++person.connections;
  ++whole.hedges;
  ++beside.hedges;
  transmit(request.whole, 1, now);
}

void PlainPlane::connection_free(Source& source, std::size_t number, SimTime now) {
  Person& person = source.people[number];
  for (auto next = person.waiting.begin(); next != person.waiting.end(); ++next) {
    const std::size_t whole = *next;
    if (wholes_[whole].until <= now) continue;
    person.waiting.erase(next);
    return put_of(now, kConnected, wholes_[whole].source, wholes_[whole].index, whole);
  }
  --person.connections;
}

/// A client sees how an attempt ended.
void PlainPlane::look(std::size_t number, SimTime now) {
  Request& request = requests_[number];
  if (request.given_up) return;
  Whole& whole = wholes_[request.whole];
  Source& source = sources_[request.source];
  std::erase(whole.under_way, number);
  if (request.redirect != nullptr && source.spec.redirects > 0 && follows_redirect(number, now))
    return;
  connection_free(source, whole.person, now);
  const bool good = request.so_far.outcome == Outcome::kOk;
  if (!whole.under_way.empty()) {
    if (!good) {
      whole.before += request.so_far.words() + "; ";
      return;
    }
    Request& other = requests_[whole.under_way.front()];
    whole.under_way.clear();
    connection_free(source, whole.person, now);
    if (other.waits) {
      other.so_far.version.clear();
      other.so_far.target.clear();
    }
    other.given_up = true;
    other.over = true;
    other.outstanding = other.waits = false;
    ended_at_target(other, now, true);
    Told gone = other.so_far;
    gone.ended = now;
    gone.outcome = Outcome::kClientGaveUp;
    gone.status = 0;
    gone.cause = causes::kOtherAttempt;
    whole.before += gone.words() + "; ";
  }
  if (good) {
    const bool by_process = request.process != app::Fleet::kNone;
    return finished(request.whole, request.so_far, by_process, now);
  }
  fail_or_retry(whole, request.so_far, now);
}

/// elb.md 2.11: it goes on to where the answer says, on the same connection and with what is left
/// of its time. When it has followed enough of them the request fails. False where it takes the
/// redirect for its answer.
bool PlainPlane::follows_redirect(std::size_t number, SimTime now) {
  Request& request = requests_[number];
  Whole& whole = wholes_[request.whole];
  const auto& spec = sources_[request.source].spec;
  const elb::Redirect& to = *request.redirect;
  HttpRequest next = spec.request;
  if (!whole.wants.empty()) next = spec.page->request;
  if (whole.elsewhere) next = whole.asks;
  // Random worlds redirect by path, host and port.
  const std::string asked = next.path;
  next.path = to.path;
  if (const std::size_t at = next.path.find("#{path}"); at != std::string::npos)
    next.path.replace(at, 7, asked.substr(1));
  const int port = to.port == "#{port}" ? whole.port : std::stoi(to.port);
  std::string host = next.host;
  if (to.host != "#{host}") host = to.host;
  const bool same_host = host == next.host;
  next.host = host;
  std::optional<elb::Frontend*> there;
  if (same_host && host.empty()) {
    there = port == 0 ? sources_[request.source].frontend : nullptr;
  } else {
    there = resolver(host, port);
  }
  if (!there) return false;
  ++beside.redirected;
  whole.before += request.so_far.words() + "; ";
  if (whole.redirects == spec.redirects) {
    request.so_far.outcome = Outcome::kClientGaveUp;
    request.so_far.cause = causes::kTooManyRedirects;
    request.so_far.status = 0;
    return false;
  }
  ++whole.redirects;
  ++whole.all_redirects;
  whole.elsewhere = there;
  whole.asks = next;
  whole.port = port;
  put_of(now, kConnected, whole.source, whole.index, request.whole);
  return true;
}

/// It waited for a connection until its time-out.
void PlainPlane::tired(std::size_t number, SimTime now) {
  Whole& whole = wholes_[number];
  Person& person = sources_[whole.source].people[whole.person];
  const auto place = std::ranges::find(person.waiting, number);
  if (place == person.waiting.end()) return;
  // Of an attempt that waited before, the moment is void.
  if (whole.until != now) return;
  person.waiting.erase(place);
  ++whole.attempts;
  Told failure;
  failure.sent = whole.wanted;
  failure.ended = now;
  failure.outcome = Outcome::kClientGaveUp;
  failure.cause = causes::kNoConnection;
  fail_or_retry(whole, failure, now);
}

void PlainPlane::fail_or_retry(Whole& whole, const Told& failure, SimTime now) {
  Source& source = sources_[whole.source];
  const auto& retry = source.spec.retry;
  std::size_t number = 0;
  while (&wholes_[number] != &whole) ++number;
  const std::uint32_t failed = whole.attempts - whole.hedges - whole.all_redirects;
  if (!retry.on[static_cast<std::size_t>(failure.outcome)] || failed >= retry.attempts)
    return finished(number, failure, false, now);
  const PhiloxBlock bits =
      source.service.block(whole.index, (whole.attempts - 1) * kBlocks + kWait);
  const SimDuration wait = retry.wait(failed, whole.waited, low_word(bits));
  if (retry.deadline != SimDuration::max() && now + wait >= whole.first + retry.deadline)
    return finished(number, failure, false, now);
  if (retry.budgeted()) {
    if (source.tokens < 1000) return finished(number, failure, false, now);
    source.tokens -= 1000;
  }
  whole.before += failure.words() + "; ";
  whole.waited = wait;
  whole.elsewhere.reset();
  whole.port = 0;
  whole.redirects = 0;
  put_of(now + wait, kSend, whole.source, whole.index, number);
}

void PlainPlane::finished(std::size_t number, const Told& told_last, bool by_process, SimTime now) {
  Whole& whole = wholes_[number];
  Source& source = sources_[whole.source];
  const auto& spec = source.spec;
  whole.over = true;
  Told last = told_last;
  last.sent = whole.first;
  last.before = whole.before;
  told[{whole.source, whole.index}] = last;
  const bool good = last.outcome == Outcome::kOk;
  if (good && spec.at_once > 0) beside.as_sent += now - *whole.began;
  if (last.cause == causes::kMissingAsset) ++beside.missing_assets;
  const std::size_t who = whole.person;
  const std::uint16_t from = whole.source;
  const std::uint64_t index = whole.index;
  const bool is_page = spec.page && whole.wants.empty();
  --source.people[who].open;
  const std::uint64_t stride = spec.users ? spec.users->number : kNextOf;
  if (is_page && good && by_process && last.cause.empty() && !finishing_) {
    for (std::uint32_t k = 1; k <= spec.page->assets; ++k) {
      std::uint64_t next = index + k * kNextOf;
      if (spec.users || spec.sessions)
        next = source.people[who].serial + source.people[who].asked * stride;
      ask(from, who, next, now, last.version);
    }
  }
  Person& person = source.people[who];
  if (person.open > 0) return;
  const bool thinks = (spec.users && spec.users->think) || (spec.sessions && person.left > 0);
  if (!thinks || finishing_) return;
  const PhiloxBlock bits =
      source.service.block(person.serial + (person.asked - 1) * stride, kClient);
  const Distribution& think = spec.users ? *spec.users->think : spec.sessions->think;
  SimDuration pause = think.sample(low_word(bits));
  if (spec.users) pause = std::max(pause, SimDuration{1000});
  put_of(now + pause, kNext, from, person.serial, who);
}

void PlainPlane::go_on(std::uint16_t number, std::size_t who, SimTime now) {
  Source& source = sources_[number];
  Person& person = source.people[who];
  const auto& users = source.spec.users;
  const std::uint64_t index = person.serial + person.asked * (users ? users->number : kNextOf);
  if (source.spec.sessions) --person.left;
  if (users && users->pace) {
    const PhiloxBlock bits = source.service.block(index, kClient);
    SimDuration gap = users->pace->sample(low_word(bits));
    if (gap.count() == 0) gap = SimDuration{1};
    put_of(now + gap, kNext, number, person.serial, who);
  }
  ask(number, who, index, now, "");
}

}  // namespace steady::dataplane::testing
