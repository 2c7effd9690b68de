#include "sim/world/world.h"

#include "sim/dataplane/node_metrics.h"

namespace steady::world {

World::World(Settings settings, std::optional<fluid::Settings> flow)
    : settings_(std::move(settings)), ids_(settings_.random, settings_.era) {
  settings_.ecs.era = settings_.era;
  loop_.set_total_bound(settings_.event_limit);
  fleet_ = std::make_unique<app::Fleet>(loop_, settings_.random, journal_);
  database_ = std::make_unique<database::Database>(loop_, journal_, settings_.columns);
  elb_ =
      std::make_unique<elb::Elb>(loop_, *fleet_, journal_, ids_, settings_.random, settings_.elb);
  data_plane_ = std::make_unique<dataplane::DataPlane>(loop_, *fleet_, *database_, settings_.random,
                                                       settings_.request_limits);
  if (settings_.speeds_change) data_plane_->expect_speed_changes();
  app::RequestPlane* plane = data_plane_.get();
  if (flow) {
    // The exact plane stays for what is looked at by hand, and without sources; its ledger is the
    // run's.
    fluid_ = std::make_unique<fluid::FluidPlane>(loop_, *fleet_, *database_, settings_.random,
                                                 data_plane_->ledger(), *flow);
    plane = fluid_.get();
  }
  fleet_->attach(*plane);
  fleet_->set_schema_probe([this](const app::AppModel& model) {
    return !database_->missing(model.reads, model.writes).has_value();
  });
  elb_->attach(*plane);
  elb_->set_frontends_changed([this] {
    data_plane_->frontends_changed();
    if (fluid_) fluid_->frontends_changed();
  });
  const auto frontend = [this](std::string_view name, std::uint16_t port) {
    return elb_->frontend(name, port);
  };
  const auto state = [this](app::GroupId, app::TargetId target) {
    return elb_->health(target).state;
  };
  data_plane_->set_lookups(frontend, state);
  data_plane_->set_hosts([this](std::string_view host) { return elb_->named(host); });
  if (fluid_) fluid_->set_lookups(frontend, state);
  ec2_ =
      std::make_unique<ec2::Ec2>(loop_, *fleet_, journal_, ids_, settings_.random, settings_.zones);
  auto_scaling_ = std::make_unique<asg::AutoScaling>(loop_, *ec2_, *elb_, journal_,
                                                     settings_.random, settings_.calendar);
  ecs_ = std::make_unique<ecs::Ecs>(ecs::Ecs::Parts{
      .loop = loop_,
      .fleet = *fleet_,
      .plane = *plane,
      .elb = *elb_,
      .ec2 = *ec2_,
      .journal = journal_,
      .ids = ids_,
      .random = settings_.random,
      .calendar = settings_.calendar,
      .behaviour = settings_.ecs,
      .limits = settings_.ecs_limits,
      .app_of = [this](const ecs::TaskDefinition& definition) -> const app::AppModel* {
        if (const auto* model = find_app(definition.name())) return model;
        for (const auto& container : definition.containers) {
          if (const auto* model = find_app(container.image)) return model;
        }
        return nullptr;
      }});
  ec2_->observe({.running = {},
                 .shutting_down = [this](const ec2::Instance& i) { elb_->host_terminated(i.id); },
                 .terminated = {}});
  if (fluid_) {
    loop_.set_advance_hook([this](SimTime until) { fluid_->advance(until); });
  } else {
    loop_.set_advance_hook([this](SimTime until) { data_plane_->advance(until); });
  }
}

void World::add_source(const traffic::SourceSpec& source) {
  if (fluid_) return fluid_->add_source(source);
  data_plane_->add_source(source);
}

World::~World() = default;

const app::AppModel& World::add_app(app::AppModel model) {
  std::string name = model.revision;
  auto& slot = apps_[std::move(name)];
  slot = std::make_unique<app::AppModel>(std::move(model));
  return *slot;
}

const app::AppModel* World::find_app(std::string_view revision) const {
  const auto found = apps_.find(revision);
  return found == apps_.end() ? nullptr : found->second.get();
}

void World::keep_metrics() {
  constexpr std::int64_t kMinute = 60'000;
  // Dates before 1970 have minutes, too.
  const std::int64_t into = (settings_.calendar.unix_ms(kStart) % kMinute + kMinute) % kMinute;
  data_plane_->keep_metrics(std::chrono::milliseconds{into});
  elb_->watch_anomalies();
  elb_->set_check_refused([this](app::GroupId group, std::size_t node) {
    data_plane_->metrics()->check_failed(group, node, now());
  });
}

void World::run_until(SimTime until) { loop_.run_until(until); }

void World::finish() {
  if (fluid_) {
    fluid_->finish();
    check_invariants();
    return;
  }
  data_plane_->settle(now());
  data_plane_->finish();
  check_invariants();
}

void World::check_invariants() {
  ecs_->check_invariants();
  if (fluid_) return fluid_->check_conserved();
  data_plane_->check_conserved();
}

bool World::quiet() const { return ecs_->quiet() && auto_scaling_->quiet() && elb_->quiet(); }

std::string World::digest() const {
  const std::uint64_t requests = fluid_ ? fluid_->digest() : data_plane_->digest();
  return Sha256::of(journal_.digest() + ":" + std::to_string(requests));
}

}  // namespace steady::world
