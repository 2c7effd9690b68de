#include "sim/cloud/elb/rules.h"
#include "sim/dataplane/causes.h"
#include "sim/dataplane/clients/places.h"
#include "tests/sim/dataplane/small_plane.h"
#include "tests/support/catch.h"

using namespace steady;
using namespace steady::dataplane;

namespace {

/// One load balancer with two listeners: at port 80 a rule sends everybody on, at port 443 a
/// process answers after 100 ms. Ten requests, one a second.
struct Led : testing::SmallPlane {
  explicit Led(elb::Redirect to) : SmallPlane(1) {
    model.revision = "web:1";
    model.concurrency = 100;
    model.service_time = Distribution(SimDuration{100ms});
    launch(1);
    elb::Route route;
    route.type = elb::ActionSpec::Type::kRedirect;
    route.status = 301;
    route.redirect = std::move(to);
    plain.nodes.resize(1);
    plain.routes = {std::make_shared<const elb::Routes>(elb::Routes{route})};
    plane.set_lookups(
        [this](std::string_view name, std::uint16_t port) -> elb::Frontend* {
          if (port == 0 || port == 80) return name == "other" ? &frontend : &plain;
          return port == 443 ? &frontend : nullptr;
        },
        {});
    plane.set_hosts(
        [](std::string_view host) { return host == "other.example" ? "other" : std::string(); });
    spec.load_balancer = "front";
    spec.redirects = 20;
  }
  void finish() {
    send_ten(spec);
    SmallPlane::finish(kStart + 100s);
  }
  std::uint64_t of(Outcome outcome) const {
    return plane.ledger().total().by_outcome[static_cast<std::size_t>(outcome)];
  }
  std::uint64_t redirected() const { return plane.ledger().total().redirected; }
  elb::Frontend plain;
  traffic::SourceSpec spec;
};

elb::Redirect to_https() {
  elb::Redirect to;
  to.protocol = "HTTPS";
  to.port = "443";
  return to;
}

Place asked(const std::string& url) {
  Place place;
  place.load_balancer = "front";
  place.port = 80;
  read_url(url, place.request);
  return place;
}

}  // namespace

// elb.md 2.11: protocol, host, port, path and query, each with the request's own parts where the
// rule keeps them.
TEST_CASE("a redirect names its place by the request's own parts", "[dataplane][elb.md 2.11]") {
  const Place from = asked("http://shop.example/cart/items?id=7&all");
  const auto secure = led(to_https(), from);
  REQUIRE(secure);
  CHECK(secure->protocol == "https");
  CHECK(secure->port == 443);
  CHECK(secure->load_balancer == "front");
  CHECK(secure->request == from.request);

  elb::Redirect away;
  away.host = "www.#{host}";
  away.path = "/old/#{path}/from-#{port}";
  away.query = "#{query}&was=#{protocol}";
  const auto moved = led(away, from);
  REQUIRE(moved);
  CHECK(moved->load_balancer.empty());  // to be looked up
  CHECK(moved->request.host == "www.shop.example");
  CHECK(moved->request.path == "/old/cart/items/from-80");
  using Query = std::vector<std::pair<std::string, std::string>>;
  CHECK(moved->request.query == Query{{"id", "7"}, {"all", ""}, {"was", "http"}});
}

// What a client gives for the request does not become part of the rule: a path may hold anything.
TEST_CASE("what stands for a part is not looked through again", "[dataplane][elb.md 2.11]") {
  elb::Redirect to;
  to.path = "/#{path}/2";
  const auto place = led(to, asked("/#{host}"));
  REQUIRE(place);
  CHECK(place->request.path == "/#{host}/2");
}

// Browsers repeat a POST as a GET after 301 and 302; whatever else it was it stays.
TEST_CASE("a POST goes on as GET", "[dataplane]") {
  Place from = asked("/");
  for (const auto& [method, then] :
       {std::pair("POST", "GET"), std::pair("PUT", "PUT"), std::pair("HEAD", "HEAD")}) {
    from.request.method = method;
    CHECK(led(to_https(), from)->request.method == then);
  }
}

// The commonest redirect of all: from port 80 to 443 of the same load balancer.
TEST_CASE("a client follows a redirect to another listener", "[dataplane][elb.md 2.11]") {
  Led world(to_https());
  world.finish();
  CHECK(world.of(Outcome::kOk) == 10);
  CHECK(world.redirected() == 10);
  CHECK(world.plane.ledger().total().attempts() == 20);
  std::size_t ends = 0;
  for (const auto& record : world.told) {
    if (record.redirected) {
      CHECK(record.place == nullptr);
      continue;
    }
    ++ends;
    REQUIRE(record.place != nullptr);
    CHECK(record.place->port == 443);
    CHECK(record.version == world.plane.ledger().version("web:1"));
    CHECK(record.ended_at - record.sent_at == 100ms);
  }
  CHECK(ends == 10);
}

// Off unless somebody asks for it: the redirect is the answer, and it is ok (product.md).
TEST_CASE("a client that does not follow redirects has its answer", "[dataplane]") {
  Led world(to_https());
  world.spec.redirects = 0;
  world.finish();
  CHECK(world.of(Outcome::kOk) == 10);
  CHECK(world.redirected() == 0);
  for (const auto& record : world.told) CHECK(record.target.empty());
}

// The name of another load balancer leads there; of a host that nobody knows nothing is known.
TEST_CASE("a redirect to another host is followed where that is known", "[dataplane]") {
  for (const char* host : {"other.example", "elsewhere.example"}) {
    elb::Redirect to;
    to.host = host;
    Led world(to);
    world.finish();
    const bool known = std::string_view(host) == "other.example";
    CHECK(world.of(Outcome::kOk) == 10);
    CHECK(world.redirected() == (known ? 10 : 0));
    for (const auto& record : world.told)
      if (!record.redirected) CHECK(record.target.empty() != known);
  }
}

// Nobody listens at that port: no load balancer is there.
TEST_CASE("a redirect to a port without a listener leads nowhere", "[dataplane]") {
  elb::Redirect to;
  to.port = "8080";
  Led world(to);
  world.finish();
  CHECK(world.of(Outcome::kNoTarget) == 10);
  CHECK(world.plane.ledger().cause(world.plane.ledger().drops[0].cause).text ==
        causes::kNoLoadBalancer);
}

// A rule that leads to itself: so many in a row are followed, and the next one is too many.
TEST_CASE("too many redirects in a row end a request", "[dataplane]") {
  elb::Redirect round;
  round.path = "/login";
  Led world(round);
  world.spec.redirects = 3;
  world.finish();
  CHECK(world.of(Outcome::kClientGaveUp) == 10);
  CHECK(world.redirected() == 40);
  CHECK(world.plane.ledger().total().attempts() == 10 + 40);
  CHECK(world.plane.ledger().cause(world.plane.ledger().drops[0].cause).text ==
        causes::kTooManyRedirects);
}

// The time-out is that of the whole chain; a request that is sent again begins where it began.
TEST_CASE("a retry after a redirect begins at the first place", "[dataplane]") {
  Led world(to_https());
  world.model.service_time = Distribution(SimDuration{100ms});
  world.spec.timeout = 50ms;
  world.spec.retry.attempts = 2;
  world.finish();
  CHECK(world.of(Outcome::kClientGaveUp) == 10);
  CHECK(world.redirected() == 20);
  CHECK(world.plane.ledger().total().retried() == 10);
}
