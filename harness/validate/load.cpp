// An open-loop load generator: Poisson arrivals that are planned before the first is sent, each on
// a connection of its own, each measured from the moment at which it should have been sent, so that
// a stall of the proxy, or of this program, hides nothing (coordinated omission).
//
// load PORT RATE SECONDS TIMEOUT SEED BEGIN: prints a line for each request: outcome, nanoseconds
// from the planned sending to the end, nanoseconds by which it was sent too late. BEGIN is a moment
// of the monotonic clock, so that whoever kills and drains targets counts from the same one.
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "loop.h"

using namespace validate;

namespace {

struct Request {
  std::int64_t planned, sent = 0;
  int fd = -1;
  bool over = false;
  std::string answer{};
};

class Load {
 public:
  Load(Loop& loop, char** args)
      : loop_(loop), port_(std::atoi(args[1])), timeout_(std::atof(args[4])) {
    const double rate = std::atof(args[2]), seconds = std::atof(args[3]);
    std::mt19937_64 chance(static_cast<unsigned>(std::atoi(args[5])));
    std::exponential_distribution<double> gap(rate);
    const std::int64_t begin = std::atoll(args[6]);
    for (double at = gap(chance); at < seconds; at += gap(chance)) {
      ++left_;
      auto request =
          std::make_shared<Request>(Request{begin + static_cast<std::int64_t>(at * 1e9)});
      loop_.at(request->planned, [this, request] { send_now(request); });
    }
  }
  bool done() const { return left_ == 0; }

 private:
  void send_now(const std::shared_ptr<Request>& request) {
    request->sent = now();
    request->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (request->fd < 0) {
      // It would look like a failure of the proxy.
      std::perror("load");
      std::exit(1);
    }
    const sockaddr_in address = loopback(port_);
    if (connect(request->fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
      return end(request, "refused");
    loop_.watch(request->fd, EPOLLOUT,
                [this, request](std::uint32_t events) { connected(request, events); });
    loop_.at(request->planned + static_cast<std::int64_t>(timeout_ * 1e9),
             [this, request] { end(request, "client_gave_up"); });
  }
  void connected(const std::shared_ptr<Request>& request, std::uint32_t events) {
    constexpr std::string_view text = "GET / HTTP/1.1\r\nHost: front\r\nConnection: close\r\n\r\n";
    if ((events & EPOLLERR) != 0 ||
        send(request->fd, text.data(), text.size(), MSG_NOSIGNAL) != std::ssize(text))
      return end(request, "refused");
    loop_.watch(request->fd, EPOLLIN, [this, request](std::uint32_t) { read(request); });
  }
  void read(const std::shared_ptr<Request>& request) {
    char text[4096];
    const ssize_t got = recv(request->fd, text, sizeof text, 0);
    if (got > 0) {
      request->answer.append(text, static_cast<std::size_t>(got));
      return;
    }
    const std::string status = request->answer.size() > 12 ? request->answer.substr(9, 3) : "reset";
    end(request, status == "200" ? "ok" : status);
  }
  void end(const std::shared_ptr<Request>& request, const std::string& outcome) {
    if (request->over) return;
    request->over = true;
    loop_.close(request->fd);
    // Told at the end: a reader that does not read must not stop the load.
    report_ += outcome + ' ' + std::to_string(now() - request->planned) + ' ' +
               std::to_string(request->sent - request->planned) + '\n';
    if (--left_ == 0) std::fputs(report_.c_str(), stdout);
  }
  Loop& loop_;
  int port_;
  double timeout_;
  std::size_t left_ = 0;
  std::string report_;
};

}  // namespace

int main(int count, char** args) {
  if (count != 7) return 2;
  Loop loop;
  const Load load(loop, args);
  loop.run([&] { return load.done(); });
}
