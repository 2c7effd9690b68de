#include "sim/engines/deploy_engine.h"

namespace steady::engines {
namespace {

/// The VM way in the article's five steps: (1) an image with the new code, (2) as many machines of
/// it as run now, (3) each verified, (4) swapped at the balancer with connection draining, (5) the
/// whole verified: on trouble the old ones are swapped back and the new kept for diagnosis,
/// otherwise the old are deleted.
class VmSwap final : public DeployEngine {
 public:
  explicit VmSwap(EngineOptions& options)
      : balancer_(options.text("loadBalancer")),
        image_(options.text("image", "")),
        verify_for_(options.duration("verifyFor", std::chrono::minutes{5})),
        at_most_(options.duration("atMost", std::chrono::minutes{15})),
        port_(options.number("port", 80)) {}

  Task<Verdict> deploy(Cloud& cloud) override {
    const std::vector<std::string> old = registered(cloud);
    if (old.empty()) co_return Verdict{false, "no machine is registered with " + balancer_};

    if (image_.empty()) {
      auto made = cloud.api().ec2().create_image({old.front(), "image of " + old.front()});
      if (!made) co_return Verdict{false, made.error().message};
      image_ = made->image_id;
    }
    cloud.tell("1 image", image_);

    std::vector<std::string> fresh;
    for (const auto& id : old) {
      const auto machine = describe(cloud, id);
      api::ec2::RunInstancesInput run;
      run.image_id = image_;
      run.instance_type = machine.instance_type;
      run.placement = machine.placement;
      auto started = cloud.api().ec2().run_instances(run);
      if (!started) {
        remove(cloud, fresh);
        co_return Verdict{false, started.error().message};
      }
      fresh.push_back(started->instances.front().instance_id);
    }
    cloud.tell("2 start", std::to_string(fresh.size()) + " machines");

    std::function<bool()> answers = [&] { return all_answer(cloud, fresh); };
    const bool answer = co_await cloud.until(std::move(answers), std::chrono::seconds{5}, at_most_);
    if (!answer) {
      remove(cloud, fresh);
      co_return Verdict{false, "the new machines never answered; nothing was swapped"};
    }
    cloud.tell("3 verify each", "all answer");

    co_await put_in(cloud, fresh);
    co_await take_out(cloud, old);
    cloud.tell("4 swap",
               std::to_string(fresh.size()) + " in, " + std::to_string(old.size()) + " out");

    // A handful of refreshes a minute, as somebody at a browser would: one error may be chance, two
    // are trouble.
    int errors = 0;
    const SimTime end = cloud.now() + verify_for_;
    while (cloud.now() < end && errors < 2) {
      if (cloud.get(balancer_).status != 200) ++errors;
      co_await cloud.sleep(std::chrono::seconds{5});
    }
    if (errors >= 2) {
      co_await put_in(cloud, old);
      co_await take_out(cloud, fresh);
      cloud.tell("5 swap back", "the new machines are kept for diagnosis");
      co_return Verdict{false, "swapped back: the page answered with errors"};
    }
    remove(cloud, old);
    cloud.tell("5 verify the whole", "good, the old machines are deleted");
    co_return Verdict{true, image_ + " serves"};
  }

 private:
  std::vector<std::string> registered(Cloud& cloud) {
    std::vector<std::string> ids;
    auto described = cloud.api().elb().describe_load_balancers({{balancer_}});
    if (!described) return ids;
    for (const auto& instance : described->descriptions.front().instances)
      ids.push_back(instance.instance_id);
    return ids;
  }
  api::ec2::Instance describe(Cloud& cloud, const std::string& id) {
    auto described = cloud.api().ec2().describe_instances({{id}});
    return described ? described->instances.front() : api::ec2::Instance{};
  }
  bool all_answer(Cloud& cloud, const std::vector<std::string>& ids) {
    for (const auto& id : ids) {
      if (cloud.probe(id, static_cast<std::uint16_t>(port_)) != 200) return false;
    }
    return true;
  }
  api::elb::InstancesInput input(const std::vector<std::string>& ids) {
    api::elb::InstancesInput request;
    request.load_balancer_name = balancer_;
    for (const auto& id : ids) request.instances.push_back({id});
    return request;
  }
  bool all_are(Cloud& cloud, const std::vector<std::string>& ids, std::string_view state) {
    auto health = cloud.api().elb().describe_instance_health(input(ids));
    if (!health) return false;
    for (const auto& instance : health->instance_states) {
      if (instance.state != state) return false;
    }
    return true;
  }
  /// Registers them and waits until the balancer sends them traffic.
  Task<bool> put_in(Cloud& cloud, std::vector<std::string> ids) {
    (void)cloud.api().elb().register_instances(input(ids));
    std::function<bool()> there = [this, &cloud, &ids] { return all_are(cloud, ids, "InService"); };
    const bool done = co_await cloud.until(std::move(there), std::chrono::seconds{5}, at_most_);
    co_return done;
  }
  /// Takes them out and waits until they have drained.
  Task<bool> take_out(Cloud& cloud, std::vector<std::string> ids) {
    (void)cloud.api().elb().deregister_instances(input(ids));
    std::function<bool()> gone = [this, &cloud, &ids] {
      return all_are(cloud, ids, "OutOfService");
    };
    const bool done = co_await cloud.until(std::move(gone), std::chrono::seconds{5}, at_most_);
    co_return done;
  }
  void remove(Cloud& cloud, const std::vector<std::string>& ids) {
    if (!ids.empty()) (void)cloud.api().ec2().terminate_instances({ids});
  }

  std::string balancer_, image_;
  SimDuration verify_for_, at_most_;
  int port_;
};

}  // namespace

std::unique_ptr<DeployEngine> make_vm_swap(EngineOptions& options) {
  return std::make_unique<VmSwap>(options);
}

}  // namespace steady::engines
