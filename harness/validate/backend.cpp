// A back end as the simulator models one: so many workers behind a first-in-first-out queue, each
// request a sleep. A request whose client has gone keeps its worker until it is done.
//
// backend PORT WORKERS SEED MEDIAN P99 COLD_REQUESTS FACTOR       (seconds)
#include <cmath>
#include <deque>
#include <random>
#include <string_view>

#include "loop.h"

using namespace validate;

namespace {

constexpr double kZ99 = 2.3263478740408408;

class Backend {
 public:
  Backend(Loop& loop, char** args)
      : loop_(loop),
        free_(std::atoi(args[2])),
        chance_(static_cast<unsigned>(std::atoi(args[3]))),
        cold_(std::atoi(args[6])),
        factor_(std::atof(args[7])) {
    const double median = std::atof(args[4]), p99 = std::atof(args[5]);
    service_ = std::lognormal_distribution<double>(std::log(median), std::log(p99 / median) / kZ99);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const sockaddr_in address = loopback(std::atoi(args[1]));
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(fd, 4096) != 0) {
      std::perror("backend");
      std::exit(1);
    }
    loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { accept_all(fd); });
  }

 private:
  void accept_all(int listener) {
    for (int fd; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;)
      loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { read(fd); });
  }
  /// A proxy sends a request's head in one piece; a probe that only connects ends here.
  void read(int fd) {
    char text[4096];
    if (recv(fd, text, sizeof text, 0) <= 0) return loop_.close(fd);
    loop_.watch(fd, 0, [](std::uint32_t) {});
    double seconds = service_(chance_);
    if (accepted_++ < cold_) seconds *= factor_;
    waiting_.push_back({fd, static_cast<std::int64_t>(seconds * 1e9)});
    start();
  }
  void start() {
    for (; free_ > 0 && !waiting_.empty(); waiting_.pop_front()) {
      --free_;
      const int fd = waiting_.front().fd;
      loop_.at(now() + waiting_.front().work, [this, fd] {
        constexpr std::string_view answer =
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
        send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
        loop_.close(fd);
        ++free_;
        start();
      });
    }
  }
  struct Waiting {
    int fd;
    std::int64_t work;
  };
  Loop& loop_;
  int free_;
  std::mt19937_64 chance_;
  long accepted_ = 0, cold_;
  double factor_;
  std::lognormal_distribution<double> service_;
  std::deque<Waiting> waiting_;
};

}  // namespace

int main(int count, char** args) {
  if (count != 8) return 2;
  Loop loop;
  const Backend backend(loop, args);
  loop.run([] { return false; });
}
