// A deploy engine of one's own in ten lines, run with everything that `steady run` does.
#include <steadystate/harness/runner/run.h>

#include <iostream>

using namespace steady;

struct Impatient : engines::DeployEngine {
  engines::Task<engines::Verdict> deploy(engines::Cloud& cloud) override {
    api::ecs::UpdateServiceInput update;
    update.service = "sample-webapp";
    update.task_definition = "sample-webapp:2";
    if (!cloud.api().ecs().update_service(update)) co_return engines::Verdict{false, "refused"};
    co_await cloud.sleep(5min);
    co_return engines::Verdict{true, "five minutes are enough"};
  }
};

int main(int, char** argv) {
  engines::EngineRegistry registry;
  registry.add("impatient", [](auto&) { return std::make_unique<Impatient>(); });
  runner::RunOptions options;
  options.engines = &registry;
  options.set = {R"(/timeline/0/deploy={"engine": "impatient"})"};
  return runner::run_and_print(argv[1], options, std::cout, std::cerr);
}
