#include "harness/runner/suite.h"

#include <algorithm>
#include <filesystem>

#include "harness/report/report.h"
#include "harness/runner/parallel.h"

namespace steady::runner {
namespace {

namespace fs = std::filesystem;

bool is_scenario_file(const fs::path& path) {
  return path.extension() == ".json" || path.extension() == ".jsonc";
}

std::string verdict_of(const RunResult& result) {
  switch (result.exit_code) {
    case kAllHold:
      return "PASS";
    case kFailed:
      return "FAIL";
    case kInconclusive:
      return "INCONCLUSIVE";
    case kInterrupted:
      return "INTERRUPTED";
    default:
      return "BROKEN";
  }
}

}  // namespace

std::vector<std::string> find_scenarios(const std::vector<std::string>& paths,
                                        std::vector<std::string>& missing) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      std::vector<std::string> below;
      for (auto entry = fs::recursive_directory_iterator(path, error);
           entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (error) break;
        if (entry->is_regular_file(error) && is_scenario_file(entry->path()))
          below.push_back(entry->path().string());
      }
      std::ranges::sort(below);
      files.insert(files.end(), below.begin(), below.end());
    } else if (fs::exists(path, error)) {
      files.push_back(path);
    } else {
      missing.push_back(path);
    }
  }
  return files;
}

SuiteResult run_suite(const std::vector<std::string>& files, const SuiteOptions& options) {
  // The files first, since only a file says which variants it has; then all variants.
  std::vector<SuiteCase> bases(files.size());
  for_each_in_parallel(files.size(), options.jobs, [&](std::size_t i) {
    bases[i].path = files[i];
    bases[i].result = run_file(files[i], options.run);
  });
  std::vector<SuiteCase> variants;
  for (const auto& base : bases) {
    if (base.result.exit_code == kWrongInput) continue;
    for (const auto& name : base.result.variants) variants.push_back({base.path, name, {}});
  }
  for_each_in_parallel(variants.size(), options.jobs, [&](std::size_t i) {
    RunOptions run = options.run;
    run.variant = variants[i].variant;
    variants[i].result = run_file(variants[i].path, run);
  });
  SuiteResult suite;
  std::size_t next = 0;
  for (auto& base : bases) {
    const std::string path = base.path;
    suite.cases.push_back(std::move(base));
    while (next < variants.size() && variants[next].path == path)
      suite.cases.push_back(std::move(variants[next++]));
  }
  if (!suite.cases.empty()) suite.exit_code = kAllHold;
  for (const auto& one : suite.cases)
    suite.exit_code = worse(suite.exit_code, one.result.exit_code);
  return suite;
}

void write_suite_junit(const SuiteResult& suite, std::ostream& out) {
  std::vector<report::Report> reports;
  std::vector<report::BrokenSuite> broken;
  for (const auto& one : suite.cases) {
    if (one.result.record) {
      reports.push_back(one.result.report());
    } else {
      std::string text;
      for (const auto& error : one.result.errors) text += error + "\n";
      broken.push_back({one.path + (one.variant.empty() ? "" : " [" + one.variant + "]"), text});
    }
  }
  report::write_junit(reports, out, broken);
}

void print_suite(const SuiteResult& suite, bool colour, std::ostream& out) {
  std::size_t passed = 0, failed = 0, inconclusive = 0, broken = 0;
  auto paint = [colour](const char* code, const std::string& text) {
    return colour ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
  };
  for (const auto& one : suite.cases) {
    const std::string verdict = verdict_of(one.result);
    const bool good = verdict == "PASS";
    out << paint(good ? "32" : "31", std::string(good ? "✓ " : "✗ ") + verdict) << "  " << one.path;
    if (!one.variant.empty()) out << " [" << one.variant << "]";
    if (one.result.record) {
      const auto total = one.result.record->ledger->total();
      std::size_t held = 0;
      for (const auto& judgement : one.result.judgements) held += judgement.holds ? 1 : 0;
      out << "  " << held << " of " << one.result.judgements.size() << " hold, " << total.dropped()
          << " of " << total.total() << " requests dropped";
    }
    out << '\n';
    (good                        ? passed
     : verdict == "FAIL"         ? failed
     : verdict == "INCONCLUSIVE" ? inconclusive
                                 : broken) += 1;
  }
  for (const auto& one : suite.cases) {
    if (one.result.exit_code == kAllHold) continue;
    out << '\n' << one.path;
    if (!one.variant.empty()) out << " [" << one.variant << "]";
    out << '\n';
    for (const auto& error : one.result.errors) out << "  " << error << '\n';
    for (const auto& judgement : one.result.judgements) {
      if (!judgement.holds)
        out << "  ✗ " << judgement.expectation << "      got " << judgement.got << '\n';
    }
    if (one.result.record)
      out << "  replay: " << simulation::replay_line(one.result.record->identity) << '\n';
  }
  out << '\n'
      << passed << " passed, " << failed << " failed, " << inconclusive << " inconclusive, "
      << broken << " broken\n";
}

}  // namespace steady::runner
