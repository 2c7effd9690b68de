#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

/// What the generator and the back end share: an event loop with timers to the nanosecond, so that
/// sleeps are not rounded to milliseconds.
namespace validate {

inline std::int64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class Loop {
 public:
  using Task = std::function<void()>;
  using Ready = std::function<void(std::uint32_t events)>;

  Loop() : epoll_(epoll_create1(0)) {}
  void at(std::int64_t when, Task task) { timers_.push({when, made_++, std::move(task)}); }
  void watch(int fd, std::uint32_t events, Ready ready) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    const bool known = ready_.count(fd) != 0;
    ready_[fd] = std::move(ready);
    epoll_ctl(epoll_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  }
  /// Forgets and closes.
  void close(int fd) {
    ready_.erase(fd);
    ::close(fd);
  }
  template <class Done>
  void run(Done done) {
    while (!done()) {
      timespec wait{1, 0};
      if (!timers_.empty()) {
        const std::int64_t left = std::max<std::int64_t>(0, timers_.top().when - now());
        wait = {left / 1'000'000'000, left % 1'000'000'000};
      }
      epoll_event events[64];
      const int count = epoll_pwait2(epoll_, events, 64, &wait, nullptr);
      for (int i = 0; i < count; ++i) {
        const auto found = ready_.find(events[i].data.fd);
        if (found == ready_.end()) continue;
        const Ready ready = found->second;  // it may close its own descriptor
        ready(events[i].events);
      }
      while (!timers_.empty() && timers_.top().when <= now()) {
        const Task task = timers_.top().task;
        timers_.pop();
        task();
      }
    }
  }

 private:
  struct Timer {
    std::int64_t when;
    std::uint64_t number;
    Task task;
    bool operator<(const Timer& other) const {
      return when != other.when ? when > other.when : number > other.number;
    }
  };
  int epoll_;
  std::uint64_t made_ = 0;
  std::priority_queue<Timer> timers_;
  std::unordered_map<int, Ready> ready_;
};

}  // namespace validate
