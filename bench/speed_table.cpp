// The speed of `steady run` with all accounting on, held against the lower bound:
//     speed_table PROGRAM SCENARIOS [ROUNDS]
// Both are measured in turns, in CPU time, so that ratios hold on a machine that does other things
// beside; of several rounds the median is taken.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "bench/lower_bound.h"
#include "sim/core/random.h"

namespace {

using namespace steady;
using namespace steady::bench;

/// What the calibration loop takes per step on a quiet machine of the kind on which the figures of
/// kReference were measured; its drift is the machine's.
constexpr double kQuietStepNs = 4.34;

/// Nanoseconds per request that a good hand reaches there: by workload, and with draws one at a
/// time.
struct Reference {
  double round_robin, least_outstanding;
};
constexpr Reference kReference20{19, 52}, kReference1000{18, 54};
constexpr double kReferenceDraws = 15;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/// CPU seconds of this process so far, in the program itself.
double own_cpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double wall() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// One run of the program.
struct Run {
  bool ok = false;
  double cpu = 0, wall = 0;  ///< seconds
  double mebibytes = 0;      ///< most memory held at once
  std::uint64_t requests = 0;
};

class Program {
 public:
  Program(std::string path, std::string scenarios)
      : path_(std::move(path)), scenarios_(std::move(scenarios)) {}

  Run run(const std::string& file, const std::vector<std::string>& arguments) const {
    std::vector<std::string> words{path_, "run", scenarios_ + "/" + file, "--quiet"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::string told;
    Run run = start(words, told);
    // "1.23 s wall, 5000000 requests, 200 control events"
    if (const auto at = told.rfind(" s wall, "); at != std::string::npos)
      run.requests = std::strtoull(told.c_str() + at + 9, nullptr, 10);
    if (run.requests == 0) fmt::print(stderr, "{}\n", told);
    return run;
  }

 private:
  /// Starts it, reads what it says on stderr and waits for its end.
  static Run start(std::vector<std::string> words, std::string& told) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    const double begin = wall();
    const pid_t child = fork();
    if (child == 0) {
      const int nowhere = open("/dev/null", O_WRONLY);
      dup2(nowhere, STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      close(ends[0]);
      close(ends[1]);
      std::vector<char*> arguments;
      for (auto& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    close(ends[1]);
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
      told.append(buffer, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    rusage used{};
    Run run;
    if (wait4(child, &status, 0, &used) != child) return run;
    run.wall = wall() - begin;
    run.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    run.cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
    run.mebibytes = static_cast<double>(used.ru_maxrss) / 1024;
    return run;
  }
  std::string path_, scenarios_;
};

/// W1 and W2, or more tasks.
std::vector<std::string> settings(const Workload& workload, const std::string& algorithm) {
  const double rate = 1e9 / workload.mean_gap_ns();
  const double length = static_cast<double>(workload.requests) / rate;
  std::vector<std::string> set{
      fmt::format("/duration=\"{}ms\"", static_cast<std::int64_t>(length * 1000)),
      fmt::format("/traffic/0/poisson/rate=\"{:.3f}/s\"", rate),
      // Room for 192 tasks on each.
      fmt::format("/cloud/instances/0/count={}", workload.tasks / 128 + 1),
      fmt::format("/cloud/targetGroups/0/attributes/load_balancing.algorithm.type=\"{}\"",
                  algorithm)};
  for (int service = 0; service < 4; ++service)
    set.push_back(fmt::format("/services/{}/desiredCount={}", service, workload.tasks / 4));
  std::vector<std::string> arguments;
  for (auto& one : set) {
    arguments.push_back("--set");
    arguments.push_back(std::move(one));
  }
  return arguments;
}

/// Nanoseconds that a step of a chain of multiplications takes, which no compiler shortens.
double calibration_step() {
  constexpr int kSteps = 20'000'000;
  std::uint64_t x = 1;
  const double begin = own_cpu();
  for (int i = 0; i < kSteps; ++i) x = mix64(x);
  const double took = own_cpu() - begin;
  // Never so, but the compiler cannot know.
  if (x == 0) fmt::print(" ");
  return took * 1e9 / kSteps;
}

double per_request(const Workload& workload, const std::function<Account()>& bound) {
  const double begin = own_cpu();
  const Account account = bound();
  const double took = own_cpu() - begin;
  if (account.latency.count() + account.late == 0) fmt::print(" ");
  return took * 1e9 / static_cast<double>(workload.requests);
}

struct Line {
  std::string name;
  double whole = 0, ours = 0, bound = 0, ratio = 0, whole_ratio = 0, target = 0;
};

void print(const Line& line) {
  fmt::print("  {:<34} {:>7.1f} {:>7.1f} {:>7.1f} {:>7.2f} {:>7.2f} {:>7.2f}  {}\n", line.name,
             line.ours, line.whole, line.bound, line.ratio, line.whole_ratio, line.target,
             line.ratio >= line.target ? "met" : "not met");
  std::fflush(stdout);
}

class Table {
 public:
  Table(const Program& program, int rounds) : program_(program), rounds_(rounds) {}

  void calibrate() {
    const Workload workload;
    std::vector<double> steps, scalar, wide;
    for (int i = 0; i < rounds_; ++i) {
      steps.push_back(calibration_step());
      scalar.push_back(per_request(workload, [&] { return draws_alone(workload, false); }));
      wide.push_back(per_request(workload, [&] { return draws_alone(workload, true); }));
    }
    scale_ = median(steps) / kQuietStepNs;
    fmt::print(
        "  calibration loop: {:.2f} ns a step ({:.2f} on a quiet machine): scale {:.2f}\n"
        "  random numbers and histogram alone: {:.1f} ns a request one at a time ({:.0f} there), "
        "{:.1f} vectorised\n\n",
        median(steps), kQuietStepNs, scale_, median(scalar), kReferenceDraws, median(wide));
  }

  /// W1 and W2; gives the median of the bound.
  double held_against_bound(const std::string& name, std::uint32_t tasks, bool least) {
    Workload workload;
    workload.tasks = tasks;
    const auto arguments = settings(workload, least ? "least_outstanding_requests" : "round_robin");
    std::vector<double> whole, ours, bound, ratio, whole_ratio;
    for (int i = 0; i < rounds_; ++i) {
      const double floor = per_request(workload, [&] {
        return least ? least_outstanding_bound(workload) : round_robin_bound(workload);
      });
      const auto [all, rest] = measured("w1-w2.json", arguments);
      bound.push_back(floor);
      whole.push_back(all);
      ours.push_back(rest);
      ratio.push_back(floor / rest);
      whole_ratio.push_back(floor / all);
    }
    Line line{name,          median(whole),       median(ours), median(bound),
              median(ratio), median(whole_ratio), 0.5};
    print(line);
    const Reference& reference = tasks == 20 ? kReference20 : kReference1000;
    honest_.push_back(
        {name, line.bound, least ? reference.least_outstanding : reference.round_robin});
    return line.bound;
  }

  void deploy(double bound) {
    std::vector<double> whole, ours;
    double memory = 0;
    bool held = true;
    for (int i = 0; i < std::max(1, rounds_ / 3); ++i) {
      const auto [all, rest] = measured("w3.json", {}, &memory, &held);
      whole.push_back(all);
      ours.push_back(rest);
    }
    print({"W3 deploy of 200 tasks, to W1b", median(whole), median(ours), bound,
           bound / median(ours), bound / median(whole), 0.25});
    fmt::print("  W3 most memory: {:.0f} MiB, target 200: {}; its expectations {}\n", memory,
               memory < 200 ? "met" : "not met", held ? "hold" : "do not hold");
  }

  void growth(const std::string& algorithm) {
    std::string line;
    double first = 0, last = 0;
    for (const std::uint32_t tasks : {20U, 200U, 2000U, 20'000U}) {
      Workload workload;
      workload.tasks = tasks;
      // More of them where building the world costs as much as 5 million requests do.
      if (tasks > 2000) workload.requests *= 4;
      std::vector<double> ours;
      for (int i = 0; i < std::max(1, rounds_ / 2); ++i)
        ours.push_back(measured("w1-w2.json", settings(workload, algorithm)).second);
      last = median(ours);
      if (tasks == 20) first = last;
      line += fmt::format(" {}: {:.1f}", tasks, last);
    }
    fmt::print("  ns a request by tasks, {}:{}; 20,000 to 20: {:.2f}, target 2: {}\n", algorithm,
               line, last / first, last / first < 2 ? "met" : "not met");
    std::fflush(stdout);
  }

  void threads() {
    Workload workload;
    workload.tasks = 1000;
    workload.requests = 60'000'000;
    const auto folder = std::filesystem::temp_directory_path();
    std::vector<double> ratio, whole;
    bool same = true;
    auto nothing = settings(workload, "round_robin");
    nothing.insert(nothing.end(), {"--until", "1ms"});
    for (int i = 0; i < rounds_; ++i) {
      const double begin = program_.run("w1-w2.json", nothing).wall;
      double took[2];
      std::string result[2];
      for (const int n : {1, 2}) {
        const auto file = folder / fmt::format("steady-speed-table-{}-{}.json", getpid(), n);
        auto arguments = settings(workload, "round_robin");
        for (const std::string& word :
             {std::string{"--jobs"}, std::to_string(n), std::string{"--json"}, file.string()})
          arguments.push_back(word);
        took[n - 1] = program_.run("w1-w2.json", arguments).wall;
        std::ifstream in(file, std::ios::binary);
        result[n - 1].assign(std::istreambuf_iterator<char>(in), {});
        std::filesystem::remove(file);
      }
      ratio.push_back((took[0] - begin) / (took[1] - begin));
      whole.push_back(took[0] / took[1]);
      same = same && !result[0].empty() && result[0] == result[1];
    }
    fmt::print(
        "  W2a with two threads, by the clock: {:.2f} times as fast ({:.2f} with its beginning), "
        "target 1.6: {}; {} bytes\n",
        median(ratio), median(whole), median(ratio) >= 1.6 ? "met" : "not met",
        same ? "same" : "OTHER");
  }

  void say_whether_the_bound_is_honest() const {
    fmt::print("\n  the bound against a good hand's figures (it counts within 1.3 times):\n");
    for (const auto& one : honest_)
      fmt::print("  {:<34} {:>7.1f} ns of {:.0f}: {:.2f} times, {:.2f} when scaled: {}\n", one.name,
                 one.ns, one.reference, one.ns / one.reference, one.ns / one.reference / scale_,
                 one.ns / one.reference / scale_ <= 1.3 ? "counts" : "does not count");
  }

 private:
  /// Nanoseconds per request of the whole program, and without what it takes to begin and to end.
  std::pair<double, double> measured(const std::string& file,
                                     const std::vector<std::string>& arguments,
                                     double* memory = nullptr, bool* held = nullptr) const {
    auto nothing = arguments;
    nothing.insert(nothing.end(), {"--until", "1ms"});
    const Run begin = program_.run(file, nothing);
    const Run run = program_.run(file, arguments);
    if (run.requests == 0) std::exit(1);
    if (memory != nullptr) *memory = std::max(*memory, run.mebibytes);
    if (held != nullptr) *held = *held && run.ok;
    const auto requests = static_cast<double>(run.requests);
    return {run.cpu * 1e9 / requests, (run.cpu - begin.cpu) * 1e9 / requests};
  }
  struct Honest {
    std::string name;
    double ns, reference;
  };
  const Program& program_;
  int rounds_;
  double scale_ = 1;
  std::vector<Honest> honest_;
};

}  // namespace

int main(int count, char** words) {
  if (count < 3 || count > 4) {
    fmt::print(stderr, "usage: speed_table PROGRAM SCENARIOS [ROUNDS]\n");
    return 2;
  }
  const int rounds = count == 4 ? std::atoi(words[3]) : 5;
  if (rounds < 1) {
    fmt::print(stderr, "speed_table: ROUNDS is a number from 1\n");
    return 2;
  }
  const Program program(words[1], words[2]);
  Table table(program, rounds);
#if defined(__clang__)
  fmt::print("\nsteady run against the lower bound, Clang {}\n\n", __clang_major__);
#else
  fmt::print("\nsteady run against the lower bound, GCC {}\n\n", __GNUC__);
#endif
  table.calibrate();
  fmt::print("  {:<34} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}\n", "CPU ns a request", "ours", "whole",
             "bound", "ratio", "whole", "target");
  table.held_against_bound("W1a 20 tasks, round robin", 20, false);
  const double w1b = table.held_against_bound("W1b 20 tasks, least outstanding", 20, true);
  table.held_against_bound("W2a 1,000 tasks, round robin", 1000, false);
  table.held_against_bound("W2b 1,000 tasks, least outstanding", 1000, true);
  table.deploy(w1b);
  table.growth("round_robin");
  table.growth("least_outstanding_requests");
  table.threads();
  table.say_whether_the_bound_is_honest();
  fmt::print(
      "\n  ratio: bound to ours; whole: with loading the file, building the world and the "
      "report\n");
  return 0;
}
